import { randomUUID } from 'node:crypto'
import { connect } from 'node:net'
import { openAmqp, readAmqpProfile, readAmqpTopology, type AmqpDriver, type AmqpOptions } from '@x07-lab/msg-amqp'
import { openKafka, readKafkaProfile, type KafkaDriver, type KafkaOptions } from '@x07-lab/msg-kafka'
import { labTopic, readIndexed } from '../../../src/contracts.ts'

/** The two brokers of the lab. */
export const brokers = ['amqp', 'kafka'] as const
export type Broker = (typeof brokers)[number]

export type LabDriver = AmqpDriver | KafkaDriver

/** Options that a test changes, of either driver. */
export interface Changes {
  readonly amqp?: Partial<AmqpOptions>
  readonly kafka?: Partial<KafkaOptions>
}

/** Where the live tests find each broker; the environment can name another port. */
export const livePorts: Readonly<Record<Broker, number>> = {
  amqp: Number(process.env['X07_LAB_AMQP_PORT'] ?? 5672),
  kafka: Number(process.env['X07_LAB_KAFKA_PORT'] ?? 9092),
}

/** Whether something listens on the broker's port; says why tests are skipped where nothing does. */
export async function isLive(broker: Broker): Promise<boolean> {
  const port = livePorts[broker]
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: '127.0.0.1', port })
  socket.once('connect', () => resolve(true))
  socket.once('error', ({ message }) => {
    console.log(
      `skipped: no ${broker} broker on 127.0.0.1:${port} (${message}); start one with lab brokers up ${broker}`,
    )
    resolve(false)
  })
  const live = await promise
  socket.destroy()
  return live
}

const repository = `${import.meta.dirname}/../../../../..`

/** Names that no other run has on the broker. */
export function freshNames(): (name: string) => string {
  const run = randomUUID()
  return (name) => `${name}.${run}`
}

/** The lab's own driver of a broker, as the contracts have it, dialling `port` and quick to notice a fault. */
export async function openLab(
  broker: Broker,
  port: number,
  physical: (name: string) => string,
  changes: Changes = {},
): Promise<LabDriver> {
  switch (broker) {
    case 'amqp': {
      const index = 'arch/msg/amqp/index.x07amqp.json'
      const profile = await readIndexed(repository, index, 'profiles', 'path', 'local_amqp_v1')
      const topology = await readIndexed(repository, index, 'topologies', 'path', 'lab_v1')
      return openAmqp({
        profile: readAmqpProfile({ ...profile, port }),
        topology: readAmqpTopology(topology),
        physical,
        heartbeatMs: 1_000,
        ...changes.amqp,
      })
    }
    case 'kafka': {
      const index = 'arch/msg/kafka/index.x07kafka.json'
      const profile = await readIndexed(repository, index, 'profiles', 'profile_path', 'local_kafka_v1')
      return openKafka({
        profile: readKafkaProfile({ ...profile, bootstrap: [`127.0.0.1:${port}`] }),
        topics: [labTopic],
        groupId: 'lab',
        physical,
        // Whatever address the broker advertises.
        dialAt: (host) => ({ host, port }),
        sessionTimeoutMs: 6_000,
        heartbeatMs: 500,
        requestTimeoutMs: 1_500,
        ...changes.kafka,
      })
    }
  }
}
