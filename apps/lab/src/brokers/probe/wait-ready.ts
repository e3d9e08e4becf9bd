import type { Clock } from '../clock.ts'
import { BROKER_HOST, type BrokerKind } from '../types.ts'
import { probe } from './probe.ts'

/** A starting broker is asked this often; an answer costs a connection on the same machine. */
const POLL_MS = 100

/** What became of a broker that was waited for. */
export type Readiness =
  | { readonly outcome: 'ready'; readonly version?: string }
  | { readonly outcome: 'died'; readonly afterMs: number }
  | { readonly outcome: 'timeout'; readonly afterMs: number }

/** Asks the broker until it answers, its process is gone (`alive` says no), or the deadline passes. */
export async function waitReady(
  kind: BrokerKind,
  port: number,
  options: {
    readonly clock: Clock
    readonly timeoutMs: number
    readonly alive: () => Promise<boolean>
    readonly signal?: AbortSignal
  },
): Promise<Readiness> {
  const { clock, timeoutMs, alive, signal } = options
  const begin = clock.now()
  for (;;) {
    signal?.throwIfAborted()
    // Looked at before the probe: a server that answers on the port of a dead broker is not that broker.
    const living = await alive()
    const seen = await probe(kind, BROKER_HOST, port)
    const afterMs = clock.now() - begin
    if (!living) return { outcome: 'died', afterMs }
    if (seen.outcome === 'answers') return { ...seen, outcome: 'ready' }
    if (afterMs >= timeoutMs) return { outcome: 'timeout', afterMs }
    await clock.sleep(POLL_MS, signal)
  }
}
