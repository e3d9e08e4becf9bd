import { Kafka, logLevel, type logCreator } from 'kafkajs'
import type { KafkaLog, Settings } from '../options.ts'
import { securityOf, type Scram } from './security.ts'
import { openSockets, seedForKafkajs, type Sockets } from './sockets.ts'

/** One kafkajs client with connections of its own. */
export interface Client {
  readonly kafka: Kafka
  readonly sockets: Sockets
  /** Called when a consumer asked for an offset that its partition does not have; kafkajs goes on at the beginning. */
  onOutOfRange: ((topic: string, partition: number) => void) | undefined
  /** Called when the broker answered a fetch with an error. */
  onFetchFailed: (() => void) | undefined
}

/** kafkajs dials a dead address for so long, in milliseconds. */
const connectionTimeoutMs = 5_000

/**
 * A kafkajs client as quiet and as predictable as it can be made: it logs to the injected log alone, and tries again once,
 * without jitter of its own; the driver's backoff does the rest.
 */
export function createClient(settings: Settings, scram: Scram): Client {
  const sockets = openSockets(settings)
  const kafka = new Kafka({
    clientId: settings.clientId,
    brokers: settings.profile.bootstrap.map(seedForKafkajs),
    ...securityOf(settings, scram),
    connectionTimeout: connectionTimeoutMs,
    requestTimeout: settings.requestTimeoutMs,
    enforceRequestTimeout: true,
    retry: { retries: 1, initialRetryTime: settings.firstDelayMs, factor: 0 },
    socketFactory: sockets.factory,
    logLevel: settings.log === undefined ? logLevel.ERROR : logLevel.WARN,
    logCreator: quiet(settings.log, () => client),
  })
  const client: Client = { kafka, sockets, onOutOfRange: undefined, onFetchFailed: undefined }
  return client
}

/** kafkajs 2.2.4 tells of these nowhere else. */
const outOfRange = 'Offset out of range, resetting to default offset'
const fetchFailed = /^Response Fetch\b/

/** What kafkajs calls an error is mostly one that it then retries: to this program it is a detail. */
function quiet(log: KafkaLog | undefined, client: () => Client): logCreator {
  return () =>
    ({ namespace, label, log: { message, timestamp: _timestamp, logger: _logger, stack: _stack, ...fields } }) => {
      const { topic, partition } = fields as { readonly topic?: unknown; readonly partition?: unknown }
      if (message === outOfRange && typeof topic === 'string') client().onOutOfRange?.(topic, Number(partition))
      else if (label === 'ERROR' && fetchFailed.test(message)) client().onFetchFailed?.()
      log?.('debug', `kafkajs: ${message}`, { namespace, label, ...fields })
    }
}
