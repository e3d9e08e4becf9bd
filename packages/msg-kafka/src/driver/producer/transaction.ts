import { DriverError, type Delivery, type PublishResult, type Transaction, type WaitOptions } from '@x07-lab/msg-core'
import type { Producer, Transaction as KafkajsTransaction } from 'kafkajs'
import type { Client } from '../client/client.ts'
import type { OffsetsInTransaction } from '../consumer/delivery-queue.ts'
import { backoff } from '../backoff.ts'
import { failed, gaveUp } from '../failed.ts'
import { classify, whenConnected } from '../failure.ts'
import type { Settings } from '../options.ts'
import { pause } from '@x07-lab/msg-core/kit'
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

/** The broker aborts a transaction that is open for longer, in milliseconds; as the Java client asks for. */
const transactionTimeoutMs = 60_000

/** What a transaction tells the one that began it. */
interface TransactionHooks {
  readonly onEnd: () => void
  readonly onFenced: () => void
  /** Ends whatever the broker holds open under the id. */
  readonly endOnBroker: () => Promise<void>
}

/** Transactions one after the other, over one producer with the id of the options; the first call of `begin` connects it. */
export function createTransactions(options: TransactionsOptions): Transactions {
  const { client, settings } = options
  const { endpoint, transactionalId } = settings
  let producer: Producer | undefined
  let isOpen = false
  let isFenced = false

  async function connected(id: string): Promise<Producer> {
    if (producer !== undefined) return producer
    const made = client.kafka.producer({
      transactionalId: id,
      transactionTimeout: transactionTimeoutMs,
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

  /** A producer that begins anew under the id ends what the former left open; kafkajs's own can no longer be told to. */
  async function endOnBroker(id: string): Promise<void> {
    const tries = backoff(settings)
    for (;;) {
      const former = producer
      producer = undefined
      await former?.disconnect().catch(() => undefined)
      try {
        const empty = await (await connected(id)).transaction()
        return await empty.abort()
      } catch (error) {
        const failure = whenConnected(classify(error))
        const delay = tries.next()
        if (failure.remedy === 'fail') throw error
        if (delay === undefined) throw gaveUp(`abort a transaction on ${endpoint}`, failure, error, tries.failingFor())
        client.sockets.cut(failure.reason)
        await pause(delay)
      }
    }
  }

  async function begin(): Promise<Transaction> {
    const what = `begin a transaction on ${endpoint}`
    if (transactionalId === undefined) {
      throw new DriverError('invalid_config', `${what}: the driver has no transactionalId; give it as an option`)
    }
    if (isOpen) throw new DriverError('protocol', `${what}: another is under way; commit or abort it first`)
    if (isFenced) throw fencedError(what, settings)
    isOpen = true
    try {
      const transaction = await (await connected(transactionalId)).transaction()
      return openTransaction(options, transaction, {
        onEnd() {
          isOpen = false
        },
        onFenced() {
          isFenced = true
        },
        endOnBroker: () => endOnBroker(transactionalId),
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
/**
 * The broker has given the id a new epoch. It does not say why: after a time-out a driver could go on, but one that was taken over
 * must not take the id back.
 */
function fencedError(what: string, { transactionalId }: Settings): DriverError {
  return new DriverError(
    'precondition_failed',
    `${what}: another producer has taken over the transactional id ${transactionalId}, or the transaction was open for longer than ` +
      `${transactionTimeoutMs / 1000} s; the broker has aborted it; give each driver an id of its own, commit sooner, and open this one anew`,
  )
}

function openTransaction(
  { settings, prepare, offsets }: TransactionsOptions,
  transaction: KafkajsTransaction,
  { onEnd, onFenced, endOnBroker }: TransactionHooks,
): Transaction {
  const { endpoint } = settings
  const group = settings.physical(settings.groupId)
  const acked = new Set<Delivery>()
  let broken: string | undefined
  let isFenced = false
  let ended: 'committed' | 'aborted' | undefined

  /** Sequence numbers cannot begin anew inside a transaction: what would need that breaks it. */
  const breakOff = (reason: string): Promise<void> => {
    broken ??= reason
    return Promise.resolve()
  }
  const outbox = createOutbox({
    ...settings,
    send: createSender(settings, {
      get() {
        const what = `publish in a transaction on ${endpoint}`
        if (isFenced) return Promise.reject(fencedError(what, settings))
        if (broken !== undefined) {
          return Promise.reject(new DriverError('protocol', `the transaction is broken, abort it: ${broken}`))
        }
        return Promise.resolve({
          sendBatch: (batch) => transaction.sendBatch(batch).catch((error: unknown) => told(what, error)),
        })
      },
      reconnect: () => Promise.resolve(),
      renew: breakOff,
    }),
  })

  function told(what: string, error: unknown): never {
    if (!isFencing(error)) throw error
    isFenced = true
    onFenced()
    throw fencedError(what, settings)
  }

  function refuseEnded(what: string): void {
    if (ended !== undefined)
      throw new DriverError('closed', `${what} in a transaction on ${endpoint}: it is ${ended} already`)
  }

  function finish(outcome: 'committed' | 'aborted'): void {
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
      const what = `commit a transaction on ${endpoint}`
      refuseEnded('commit')
      await outbox.flush()
      if (isFenced) throw fencedError(what, settings)
      if (broken !== undefined) throw new DriverError('protocol', `${what}: it is broken, abort it: ${broken}`)
      try {
        const topics = offsets.committable(acked)
        if (topics.length > 0) await transaction.sendOffsets({ consumerGroupId: group, topics })
        await transaction.commit()
      } catch (error) {
        if (isFencing(error)) told(what, error)
        const failure = whenConnected(classify(error))
        if (error instanceof DriverError || failure.remedy === 'fail') throw failed(what, failure, error)
        const advice =
          'whether the broker has committed it is not known; abort it, which ends it either way, and read what is there'
        throw new DriverError(failure.code, `${what}: ${failure.reason}; ${advice}`, { cause: error })
      }
      finish('committed')
      offsets.committed(acked)
    },
    async abort() {
      refuseEnded('abort')
      await outbox.flush()
      if (!isFenced) {
        try {
          await transaction.abort()
        } catch (error) {
          if (!isFencing(error)) await endAnyway()
          else onFenced()
        }
      }
      finish('aborted')
      offsets.aborted(acked)
    },
    async [Symbol.asyncDispose]() {
      if (ended === undefined) await this.abort()
    },
  }

  async function endAnyway(): Promise<void> {
    try {
      await endOnBroker()
    } catch (error) {
      throw failed(`abort a transaction on ${endpoint}`, classify(error), error)
    }
  }
}

function isFencing(error: unknown): boolean {
  return classify(error).type === 'INVALID_PRODUCER_EPOCH'
}
