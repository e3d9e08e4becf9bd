/** Largest u32: the most that a length, a count or the size of a cassette file can be. */
export const U32_MAX = 0xffff_ffff

/** The five budgets of a policy. Zero means zero, not unlimited. */
export interface RrLimits {
  /** Size of the cassette file in bytes, u64. */
  readonly maxCassetteBytes: bigint
  /** Entries in the cassette, u32. */
  readonly maxEntries: number
  /** Length of one `req` in bytes, u32. */
  readonly maxReqBytes: number
  /** Length of one `resp` in bytes, u32. */
  readonly maxRespBytes: number
  /** Length of one `key` in bytes, u32. */
  readonly maxKeyBytes: number
}

/** Budgets that admit whatever the format can hold. */
export const NO_LIMITS: RrLimits = {
  maxCassetteBytes: 0xffff_ffff_ffff_ffffn,
  maxEntries: U32_MAX,
  maxReqBytes: U32_MAX,
  maxRespBytes: U32_MAX,
  maxKeyBytes: U32_MAX,
}
