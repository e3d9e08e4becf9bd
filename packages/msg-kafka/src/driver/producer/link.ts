import type { Producer } from 'kafkajs'
import type { Client } from '../client/client.ts'
import type { Acks } from '../options.ts'
import { partitionOf } from './partitioner.ts'
import type { WireMessage } from '../wire/encode.ts'
import type { ProducerLink } from './sender.ts'

/** The producer of a driver over a client of its own. */
export interface OwnedProducerLink extends ProducerLink {
  close(): Promise<void>
}

/** Makes producers with the driver's partitioner, one at a time, the first when it is needed. */
export function createProducerLink({ kafka, sockets }: Client, acks: Acks): OwnedProducerLink {
  let producer: Producer | undefined
  let connected = false

  async function get(): Promise<Producer> {
    producer ??= kafka.producer({
      // The broker recognises repetitions only for a producer that waits for all replicas.
      idempotent: acks === 'all',
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) =>
          choosePartition(message as unknown as WireMessage, partitionMetadata.length),
      retry: { retries: 1, factor: 0 },
    })
    if (!connected) {
      await producer.connect()
      connected = true
    }
    return producer
  }

  async function disconnect(reason: string): Promise<void> {
    connected = false
    sockets.cut(reason)
    await producer?.disconnect()
  }

  return {
    get,
    async reconnect(reason) {
      await disconnect(reason)
      await get()
    },
    async renew(reason) {
      try {
        await disconnect(reason)
      } finally {
        producer = undefined
      }
    },
    close: async () => {
      connected = false
      await producer?.disconnect()
    },
  }
}

/**
 * The partition of a message, written down for the answer. It is kept for a second try, since a topic that grows meanwhile
 * must not move the message, unless the topic no longer has it: one that was made anew may have fewer.
 */
export function choosePartition(message: WireMessage, partitions: number): number {
  if (message.fixed === true) {
    const partition = message.partition ?? 0
    if (partition >= partitions) message.partitionCount = partitions
    else delete message.partitionCount
    return partition
  }
  if (message.partition === undefined || message.partition >= partitions) {
    message.partition = partitionOf(message.key, message.nth, partitions)
  }
  return message.partition
}
