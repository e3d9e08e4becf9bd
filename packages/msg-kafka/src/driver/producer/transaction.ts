import { DriverError, type Delivery, type PublishResult, type Transaction, type WaitOptions } from '@x07-lab/msg-core'
import type { Producer, Transaction as KafkajsTransaction } from 'kafkajs'
import type { Client } from '../client/client.ts'
import type { OffsetsInTransaction } from '../consumer/delivery-queue.ts'
import { failed } from '../failed.ts'
import { classify } from '../failure.ts'
import type { Settings } from '../options.ts'
import type { WireMessage } from '../wire/encode.ts'
import { choosePartition } from './link.ts'
import { createOutbox } from './outbox.ts'
import { createSender } from './sender.ts'

/** A message that is ready to be sent. */
export interface Prepared {
  /** The topic's name on the broker. */
  readonly topic: string
  readonly message: WireMessage
  readonly bytes: number
}

/** What transactions are made from. */
export interface TransactionsOptions {
  readonly client: Client
  readonly settings: Settings
  readonly prepare: (envelope: Uint8Array, signal: AbortSignal | undefined) => Prepared
  /** What the consumer says and hears of deliveries that are part of a transaction. */
  readonly offsets: OffsetsInTransaction
}

/** The transactional producer of a driver. */
export interface Transactions {
  begin(): Promise<Transaction>
  close(): Promise<void>
}

/** Transactions one after the other, over one producer with the id of the options; the first call of `begin` connects it. */
export function createTransactions(options: TransactionsOptions): Transactions {
  const { client, settings } = options
  const { endpoint, transactionalId } = settings
  let producer: Producer | undefined
  let isOpen = false

  async function connected(id: string): Promise<Producer> {
    if (producer !== undefined) return producer
    const made = client.kafka.producer({
      transactionalId: id,
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) =>
          choosePartition(message as unknown as WireMessage, partitionMetadata.length),
      retry: { retries: 5, factor: 0, initialRetryTime: settings.firstDelayMs },
    })
    await made.connect()
    producer = made
    return made
  }

  async function begin(): Promise<Transaction> {
    const what = `begin a transaction on ${endpoint}`
    if (transactionalId === undefined) {
      throw new DriverError('invalid_config', `${what}: the driver has no transactionalId; give it as an option`)
    }
    if (isOpen) throw new DriverError('protocol', `${what}: another is under way; commit or abort it first`)
    isOpen = true
    try {
      const transaction = await (await connected(transactionalId)).transaction()
      return openTransaction(options, transaction, () => {
        isOpen = false
      })
    } catch (error) {
      isOpen = false
      throw failed(what, classify(error), error)
    }
  }

  return {
    begin,
    async close() {
      await producer?.disconnect()
    },
  }
}

function openTransaction(
  { settings, prepare, offsets }: TransactionsOptions,
  transaction: KafkajsTransaction,
  onEnd: () => void,
): Transaction {
  const { endpoint } = settings
  const group = settings.physical(settings.groupId)
  const acked = new Set<Delivery>()
  let broken: string | undefined
  let ended: 'committed' | 'aborted' | undefined

  /** Sequence numbers cannot begin anew inside a transaction: what would need that breaks it. */
  const breakOff = (reason: string): Promise<void> => {
    broken ??= reason
    return Promise.resolve()
  }
  const outbox = createOutbox({
    ...settings,
    send: createSender(settings, {
      get: () =>
        broken === undefined
          ? Promise.resolve(transaction)
          : Promise.reject(new DriverError('protocol', `the transaction is broken, abort it: ${broken}`)),
      reconnect: () => Promise.resolve(),
      renew: breakOff,
    }),
  })

  function refuseEnded(what: string): void {
    if (ended !== undefined)
      throw new DriverError('closed', `${what} in a transaction on ${endpoint}: it is ${ended} already`)
  }

  async function end(outcome: 'committed' | 'aborted', call: () => Promise<void>): Promise<void> {
    const verb = outcome === 'committed' ? 'commit' : 'abort'
    refuseEnded(verb)
    await outbox.flush()
    try {
      await call()
    } catch (error) {
      throw failed(`${verb} a transaction on ${endpoint}`, classify(error), error)
    }
    ended = outcome
    onEnd()
  }

  return {
    publish(envelope: Uint8Array, { signal }: WaitOptions = {}): Promise<PublishResult> {
      try {
        refuseEnded('publish')
        const { promise, resolve, reject } = Promise.withResolvers<PublishResult>()
        outbox.add({ ...prepare(envelope, signal), signal, resolve, reject })
        return promise
      } catch (error) {
        return Promise.reject(error)
      }
    },
    ack(delivery) {
      refuseEnded('ack')
      offsets.check(delivery)
      acked.add(delivery)
    },
    async commit() {
      await end('committed', async () => {
        if (broken !== undefined) throw new DriverError('protocol', `it is broken, abort it: ${broken}`)
        const topics = offsets.committable(acked)
        if (topics.length > 0) await transaction.sendOffsets({ consumerGroupId: group, topics })
        await transaction.commit()
      })
      offsets.committed(acked)
    },
    async abort() {
      await end('aborted', () => transaction.abort())
      offsets.aborted(acked)
    },
    async [Symbol.asyncDispose]() {
      if (ended === undefined) await this.abort()
    },
  }
}
