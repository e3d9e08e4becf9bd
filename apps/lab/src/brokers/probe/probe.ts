import type { BrokerKind } from '../types.ts'
import { probeAmqp } from './amqp-handshake.ts'
import type { Probe } from './exchange.ts'
import { probeKafka } from './kafka-api-versions.ts'

/** One real protocol request to a broker of this kind. Never throws. */
export function probe(kind: BrokerKind, host: string, port: number, timeoutMs?: number): Promise<Probe> {
  return kind === 'amqp' ? probeAmqp(host, port, timeoutMs) : probeKafka(host, port, timeoutMs)
}

/** How a port that is taken, and not by such a broker, is described to people. */
export function heldBy(found: Extract<Probe, { outcome: 'silent' | 'other' }>): string {
  return found.outcome === 'other' ? found.seen : 'a server that accepts connections and does not answer'
}
