import type { Producer } from 'kafkajs'
import type { Client } from '../client/client.ts'
import { partitionOf } from './partitioner.ts'
import type { WireMessage } from '../wire/encode.ts'
import type { ProducerLink } from './sender.ts'

/** The producer of a driver over a client of its own. */
export interface OwnedProducerLink extends ProducerLink {
  close(): Promise<void>
}

/** Makes idempotent producers with the driver's partitioner, one at a time, the first when it is needed. */
export function createProducerLink({ kafka, sockets }: Client): OwnedProducerLink {
  let producer: Producer | undefined
  let connected = false

  async function get(): Promise<Producer> {
    producer ??= kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) => {
          const parcel = message as unknown as WireMessage
          // Kept for the answer, and for a second try: a topic that grows meanwhile must not move the message.
          return (parcel.partition ??= partitionOf(parcel.key, parcel.nth, partitionMetadata.length))
        },
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
