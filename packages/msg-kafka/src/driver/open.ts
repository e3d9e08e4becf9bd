import { createRequire } from 'node:module'
import { DriverError } from '@x07-lab/msg-core'
import { adviceWhileOpening, isUnknownMechanism } from './advice.ts'
import { createClient } from './client/client.ts'
import { registerCodecs } from './client/codecs.ts'
import { repairKafkajs } from './client/kafkajs-repair.ts'
import type { Scram } from './client/security.ts'
import { createConsumer } from './consumer/consumer.ts'
import { createDriver, type KafkaDriver } from './driver.ts'
import { classify, type Failure } from './failure.ts'
import { applyDefaults, kafkaDefaults, type KafkaOptions, type Settings } from './options.ts'
import { createProducerLink } from './producer/link.ts'
import { createOutbox } from './producer/outbox.ts'
import { partitionerName } from './producer/partitioner.ts'
import { createSender } from './producer/sender.ts'
import { administer } from './topology.ts'
import { brokerVersionOf } from './version.ts'

const kafkajs = createRequire(import.meta.url)('kafkajs/package.json') as { readonly version: string }

/**
 * Opens a driver: one connection to the first broker that answers proves the address and the login, all others are made when
 * they are needed. Close it, or use `await using`.
 *
 * @throws DriverError `unreachable`, `auth_refused`, `tls_failed` or `access_denied` when no broker takes the login,
 *   `invalid_config` for options that cannot work
 */
export async function openKafka(options: KafkaOptions): Promise<KafkaDriver> {
  if (options.profile === undefined && options.brokers === undefined) {
    throw new DriverError(
      'invalid_config',
      'kafka options: neither profile nor brokers is given; one of them is needed',
    )
  }
  const settings = applyDefaults(options)
  check(settings)
  const repaired = repairKafkajs()
  const unregister = registerCodecs(settings.codecs)
  const undo = (): void => {
    unregister()
    repaired()
  }
  try {
    const { scram, brokerVersion } = await reach(settings)
    const producer = createClient(settings, scram)
    const consumer = createClient(settings, scram)
    const link = createProducerLink(producer, settings.acks)
    return createDriver({
      settings,
      admin: createClient(settings, scram),
      transactions: createClient(settings, scram),
      consumer: createConsumer(consumer, settings),
      outbox: createOutbox({ ...settings, send: createSender(settings, link) }),
      clientVersion: `kafkajs ${kafkajs.version}`,
      brokerVersion,
      partitioner: partitionerName,
      async release() {
        try {
          await link.close()
        } finally {
          producer.sockets.cut('the driver is closed')
          consumer.sockets.cut('the driver is closed')
          undo()
        }
      },
    })
  } catch (error) {
    undo()
    throw error
  }
}

/** Asks a broker who it is. A broker that does not know the stronger SCRAM is asked with the other. */
async function reach(
  settings: Settings,
): Promise<{ readonly scram: Scram; readonly brokerVersion: string | undefined }> {
  const { profile, givenBy, endpoint, giveUpAfterMs } = settings
  const what = `open ${endpoint} at ${profile.bootstrap.join(', ')}`
  const way = {
    giveUpAfterMs: Math.min(giveUpAfterMs, kafkaDefaults.openGiveUpAfterMs),
    advise: (failure: Failure) => adviceWhileOpening(failure, givenBy),
  }
  const ask = async (scram: Scram) => ({
    scram,
    brokerVersion: await administer(createClient(settings, scram), settings, what, brokerVersionOf, way),
  })
  try {
    return await ask('scram-sha-512')
  } catch (error) {
    const cause = error instanceof DriverError ? error.cause : undefined
    if (profile.security.sasl_mode !== 'scram_v1' || !isUnknownMechanism(classify(cause))) throw error
    return ask('scram-sha-256')
  }
}

function check({
  topics,
  topicSettings,
  patterns,
  groupId,
  partitions,
  physical,
  heartbeatMs,
  sessionTimeoutMs,
}: Settings): void {
  const invalid = (message: string): never => {
    throw new DriverError('invalid_config', `kafka options: ${message}`)
  }
  if (topics.length + patterns.length === 0) invalid('topics is empty, at least one is needed')
  if (groupId === '') invalid('groupId is empty')
  if (!Number.isInteger(partitions) || partitions < 1)
    invalid(`partitions is ${partitions}, expected a whole number from 1`)
  if (heartbeatMs * 3 > sessionTimeoutMs) {
    invalid(
      `heartbeatMs is ${heartbeatMs}, at most a third of sessionTimeoutMs (${sessionTimeoutMs}) keeps a member alive`,
    )
  }
  for (const [name, { partition, timestamp }] of topicSettings) {
    if (!topics.includes(name)) invalid(`topicSettings names "${name}", which is not one of topics`)
    if (partition !== undefined && (!Number.isInteger(partition) || partition < 0))
      invalid(`topicSettings of "${name}": partition is ${partition}, expected a whole number from 0`)
    if (timestamp !== undefined && (!Number.isSafeInteger(timestamp) || timestamp < 0))
      invalid(`topicSettings of "${name}": timestamp is ${timestamp}, expected milliseconds since 1970`)
  }
  for (const name of new Set(topics).size === topics.length ? topics : invalid('topics names one twice')) {
    const onBroker = physical(name)
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(onBroker) || onBroker === '.' || onBroker === '..') {
      invalid(`topic ${JSON.stringify(onBroker)} is no name for Kafka: 1 to 249 letters, digits, ".", "_" or "-"`)
    }
  }
}
