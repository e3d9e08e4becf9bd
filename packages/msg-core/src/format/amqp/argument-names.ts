import { nearNames } from '../../kit/command-line/near-names.ts'

type Declared = 'exchanges' | 'queues' | 'bindings' | 'consumers'

/** What RabbitMQ up to 4.2 and the plugins that come with it know, and the deduplication plugin, by what is declared. */
const known: Readonly<Record<Declared, readonly string[]>> = {
  exchanges: [
    'alternate-exchange',
    'x-delayed-type',
    'hash-header',
    'hash-property',
    'x-recent-history-length',
    'x-recent-history-no-store',
    'x-message-deduplication',
    'x-cache-size',
    'x-cache-ttl',
    'x-cache-persistence',
  ],
  queues: [
    'x-expires',
    'x-message-ttl',
    'x-dead-letter-exchange',
    'x-dead-letter-routing-key',
    'x-dead-letter-strategy',
    'x-max-length',
    'x-max-length-bytes',
    'x-max-in-memory-length',
    'x-max-in-memory-bytes',
    'x-max-priority',
    'x-overflow',
    'x-queue-type',
    'x-queue-mode',
    'x-queue-version',
    'x-queue-master-locator',
    'x-queue-leader-locator',
    'x-single-active-consumer',
    'x-delivery-limit',
    'x-consumer-timeout',
    'x-quorum-initial-group-size',
    'x-quorum-target-group-size',
    'x-initial-cluster-size',
    'x-max-age',
    'x-stream-max-segment-size-bytes',
    'x-stream-filter-size-bytes',
    'x-message-deduplication',
  ],
  bindings: ['x-match'],
  consumers: [
    'x-priority',
    'x-stream-offset',
    'x-stream-filter',
    'x-stream-match-unfiltered',
    'x-cancel-on-ha-failover',
    'x-consumer-timeout',
  ],
}

/**
 * The argument that a name which is not one is likely to mean, or undefined. RabbitMQ takes any name and passes over those that it does
 * not know: a queue whose `x-mesage-ttl` is misspelt keeps its messages for ever. Names that are like no known one are a plugin's.
 *
 * @param all the names beside it: a binding to a headers exchange names headers too, which may look like `x-match` once that is there
 */
export function meantArgument(declared: Declared, name: string, all: readonly string[]): string | undefined {
  if (declared === 'bindings' && !/^x-/i.test(name)) return undefined
  const names = known[declared].filter((one) => !all.includes(one))
  return known[declared].includes(name) ? undefined : nearNames(name.toLowerCase(), names)[0]
}
