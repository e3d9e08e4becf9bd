import { messagingKind } from './record/index.ts'
import { decodeEntry, type CassetteReader } from './cassette/index.ts'

/** The last entry of a finished recording: what it covers, and what made it. */
export const sealOp = 'std.msg.lab.seal_v1'
export const sealKey = 'sha256'
/** A larger seal is not one: ours stay far below, and a list of millions of open begins is made to fill memory. */
export const maxSealBytes = 4 * 1024 * 1024

/** What a seal says, beside what the recorder adds (clients, broker, policy). */
export interface Seal {
  /** Entries before the seal. */
  readonly entries: number
  /** Bytes before the seal. */
  readonly bytes: number
  /** Of these bytes, in hex. */
  readonly sha256: string
  /** Begin positions without an entry: what began and never ended. */
  readonly open: readonly number[]
  /** The seal's own begin position. Absent, as the next, in seals of the first form, which nothing protects themselves. */
  readonly begin?: number
  /** SHA-256 of the canonical JSON of all other members, in hex: no byte of the seal changes unseen. */
  readonly seal_sha256?: string
  readonly [more: string]: unknown
}

/** The seal that a response holds; undefined where it is none. */
export function parseSeal(bytes: Uint8Array): Seal | undefined {
  try {
    const seal = JSON.parse(Buffer.from(bytes).toString()) as Partial<Seal> | null
    const { entries, bytes: covered, sha256, open, begin } = seal ?? {}
    const whole = isU32(entries) && isU32(covered) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
    const positions = Array.isArray(open) && open.every(isU32) && (begin === undefined || isU32(begin))
    return whole && positions ? (seal as Seal) : undefined
  } catch {
    return undefined
  }
}

function isU32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff
}

/** The seal that a cassette ends with, not checked against what it covers; undefined where its last entry is none. */
export function lastSeal(cassette: CassetteReader): Seal | undefined {
  const last = cassette.count - 1
  if (last < 0 || cassette.length(last) > maxSealBytes) return undefined
  const lane = cassette.lanes.find(Buffer.from(messagingKind), Buffer.from(sealOp), Buffer.from(sealKey))
  return lane >= 0 && cassette.lane(last) === lane ? parseSeal(decodeEntry(cassette.entry(last)).resp) : undefined
}
