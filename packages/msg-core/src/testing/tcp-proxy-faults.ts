/** Which way bytes go through a proxy: towards the target (what clients send) or back (what the target answers). */
export type ProxyDirection = 'toTarget' | 'toClient'

/**
 * What becomes of a chunk, as a hook decides: passed on; swallowed; swallowed and both sides reset (`cut`); swallowed
 * and nothing passed in either direction from then on (`halfOpen`).
 */
export type ChunkVerdict = 'forward' | 'drop' | 'cut' | 'halfOpen'

/**
 * Sees every chunk of one direction before it is passed on. Chunks are what the system read at once, not messages;
 * `offset` is the position of its first byte in this direction of this connection. The bytes are borrowed: valid
 * during the call only.
 */
export type ChunkHook = (
  chunk: Uint8Array,
  at: { readonly connection: number; readonly offset: number },
) => ChunkVerdict

/** State that faults change and links read. */
export type ProxyFaults = {
  readonly stalled: Record<ProxyDirection, boolean>
  readonly toDrop: Record<ProxyDirection, number>
  readonly received: Record<ProxyDirection, number>
  readonly hooks: Record<ProxyDirection, ChunkHook | undefined>
}
