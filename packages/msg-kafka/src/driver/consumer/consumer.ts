import { DriverError, type Delivery, type WaitOptions } from '@x07-lab/msg-core'
import { iterateDeliveries, wakeup, type Remaining } from '@x07-lab/msg-core/driver'
import type { Admin } from 'kafkajs'
import { backoff } from '../backoff.ts'
import type { Client } from '../client/client.ts'
import { failed, gaveUp } from '../failed.ts'
import { classify, whenConnected, type Failure } from '../failure.ts'
import type { Settings } from '../options.ts'
import { pause } from '@x07-lab/msg-core/kit'
import { denied, matchingTopics, missingTopics } from '../topology.ts'
import { createCommits } from './commits.ts'
import { DeliveryQueue, type OffsetsInTransaction } from './delivery-queue.ts'
import { openSession, type Session } from './session.ts'

/** Why a session ends that is to begin anew with other topics. */
const resubscribe = new Error('the topics have changed')

/** The consuming half of a driver. */
export interface KafkaConsumer {
  deliveries(options?: WaitOptions): AsyncIterable<Delivery>
  /** How deliveries take part in a transaction. */
  readonly inTransaction: OffsetsInTransaction
  /** Whether the partitions of this member have been read to their ends; `unknown` where others have some of the topics'. */
  remaining(): Promise<Remaining>
  /** Commits what is settled and leaves the group. What was handed out stays settleable, without effect on the broker. */
  leave(): Promise<void>
  /** Leaves, and ends the iteration. Idempotent. */
  close(): Promise<void>
}

/**
 * Consumes from the first call of `deliveries` until close: kafkajs consumers one after the other, the next when one breaks
 * down, with the same queue, so that an outage is a pause.
 */
export function createConsumer(client: Client, settings: Settings): KafkaConsumer {
  const { endpoint, physical, patterns, log, now } = settings
  const what = `consume from ${endpoint}`
  const logical = new Map(settings.topics.map((topic) => [physical(topic), topic]))
  const topicIds = new Map<string, string>()
  let firstTopics: ReadonlySet<string> | undefined
  const lateTopics = new Set<string>()
  const arrival = wakeup()
  const room = wakeup()
  const tries = backoff(settings)
  let session: Session | undefined
  let running: Promise<void> | undefined
  /** The run has failed and is about to end; `again` starts the next one. */
  let ending = false
  let again = false
  let stopping = new AbortController()
  let member: string | undefined
  let heardAt = now()
  let failure: DriverError | undefined
  let iterating = false
  let closing: Promise<void> | undefined

  const queue = new DeliveryQueue({
    endpoint,
    logical: (name) => logical.get(name) ?? name,
    limit: settings.profile.limits.max_poll_items,
    onArrival: () => arrival.wake(),
    onRoom: () => room.wake(),
    onSettled: () => commits.note(),
    hasTransactions: settings.transactionalId !== undefined,
    isIdentified: (name) => topicIds.has(name),
  })
  const commits = createCommits({
    feeds: () => queue.feeds,
    commit: (offsets) => session?.commit(offsets) ?? Promise.reject(new Error('there is no session')),
    onFailure: (error) => log?.('debug', `${what}: could not commit; trying again`, { reason: classify(error).reason }),
  })

  async function run(signal: AbortSignal): Promise<void> {
    tries.succeeded()
    while (!signal.aborted) {
      const crashed = Promise.withResolvers<Error | undefined>()
      const onAbort = (): void => crashed.resolve(undefined)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        const topics = await subscription()
        firstTopics ??= new Set(topics)
        for (const topic of topics) if (!firstTopics.has(topic)) lateTopics.add(topic)
        session = await openSession({
          client,
          settings,
          topics,
          topicIds,
          lateTopics,
          groupId: physical(settings.groupId),
          formerMember: member,
          onJoin(memberId, assignment) {
            member = memberId
            queue.assign(assignment)
          },
          onRebalance: () => void commits.flush(),
          onBatch: (batch) => queue.accept(batch),
          nextOf: (topic, partition) => queue.nextOf(topic, partition),
          onRenewed: renewed,
          onLost: lost,
          onAnswer: heard,
          // Retries are counted from here: a consumer may have been idle for longer than they last.
          onWork: () => tries.succeeded(),
          onCrash: (error) => crashed.resolve(error),
          isFull: () => queue.isFull,
          room: () => room.wait(),
        })
        const unwatch = watchPatterns(topics, () => crashed.resolve(resubscribe))
        const error = await crashed.promise.finally(unwatch)
        if (error === resubscribe) {
          await commits.flush()
          await session.stop()
        } else if (error !== undefined) throw error
      } catch (error) {
        session = undefined
        const failing = await named(whenConnected(classify(error)))
        const denial = client.sockets.denial()
        if (denial !== undefined) return end(denied(what, denial))
        const delay = tries.next()
        if (failing.remedy !== 'retry' && failing.remedy !== 'reconnect') return end(failed(what, failing, error))
        const isMissing = failing.code === 'not_found' && tries.failingFor() >= settings.notFoundAfterMs
        if (delay === undefined || isMissing) return end(gaveUp(what, failing, error, tries.failingFor()))
        log?.(tries.isFirst() ? 'warn' : 'debug', `${what}: ${failing.reason}; trying again`, { type: failing.type })
        client.sockets.cut(failing.reason)
        await pause(delay, signal)
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    }
  }

  /** Names on the broker. */
  async function subscription(): Promise<string[]> {
    const topics = [...logical.keys()]
    return patterns.length === 0 ? topics : [...new Set([...topics, ...(await asAdmin(matching))])]
  }

  const matching = (admin: Admin): Promise<string[]> => matchingTopics(admin, patterns)

  /** Tells when topics that a regular expression stands for have come or gone. */
  function watchPatterns(topics: readonly string[], onChange: () => void): () => void {
    if (patterns.length === 0) return () => undefined
    const look = async (): Promise<void> => {
      try {
        const now = await subscription()
        if (now.length !== topics.length || now.some((topic) => !topics.includes(topic))) onChange()
      } catch (error) {
        log?.('debug', `${what}: could not list the topics`, { reason: classify(error).reason })
      }
    }
    const timer = setInterval(() => void look(), settings.metadataMaxAgeMs)
    return () => clearInterval(timer)
  }

  async function asAdmin<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = client.kafka.admin()
    try {
      await admin.connect()
      return await call(admin)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }

  /** Of several topics the broker does not say which is missing. */
  async function named(failing: Failure): Promise<Failure> {
    if (failing.code !== 'not_found') return failing
    try {
      const missing = await asAdmin((admin) => missingTopics(admin, [...logical.keys()]))
      if (missing.length === 0) return failing
      const names = missing.map((name) => `"${name}"`).join(', ')
      return {
        ...failing,
        reason: missing.length === 1 ? `there is no topic ${names}` : `there are no topics ${names}`,
      }
    } catch {
      return failing
    }
  }

  function renewed(topic: string): void {
    const gone = queue.renew(topic)
    const story = `${what}: topic ${logical.get(topic) ?? topic} was deleted and made anew`
    log?.('warn', `${story}; it is read from the beginning`, { topic })
    if (gone > 0n) void fail(`${story} while ${gone} of its messages were not read`)
  }

  function lost(topic: string, partition: number, next: bigint, begin: bigint): void {
    queue.skipTo(topic, partition, begin)
    const where = `partition ${partition} of topic ${logical.get(topic) ?? topic}`
    void fail(
      `${what}: offsets ${next} to ${begin - 1n} of ${where} were deleted before they were read (retention, or a purge); ` +
        `raise retention.ms or retention.bytes of the topic, or read sooner; a new iteration goes on at offset ${begin}`,
    )
  }

  /** Ends the iteration, after what is at hand; the next one begins anew. */
  async function fail(message: string): Promise<void> {
    end(new DriverError('not_found', message))
    const left = await halt()
    await left?.stop().catch(() => undefined)
  }

  function heard(): void {
    heardAt = now()
  }

  function end(error: DriverError): void {
    failure = error
    ending = true
    arrival.wake()
  }

  function start(): void {
    if (closing !== undefined) return
    if (running !== undefined) {
      again = ending
      return
    }
    heard()
    running = run(stopping.signal).finally(() => {
      running = undefined
      ending = false
      if (again) start()
      again = false
    })
  }

  /** Ends the run and gives back the session it leaves behind. */
  async function halt(): Promise<Session | undefined> {
    stopping.abort()
    stopping = new AbortController()
    // A session that is still being opened would dial until its patience ends.
    if (session === undefined) client.sockets.cut('the consumer is leaving')
    await running
    const left = session
    session = undefined
    return left
  }

  async function leave(): Promise<void> {
    await commits.flush()
    const left = await halt()
    if (left === undefined) return
    try {
      const stopped = left.stop()
      // A batch that waits for room learns that there will be no more.
      room.wake()
      await stopped
      member = undefined
    } catch (error) {
      log?.('debug', `${what}: could not leave the group`, { reason: classify(error).reason })
    }
  }

  /** Reports a consumer of which nothing has been heard, since kafkajs may stop without a word, and lets go of it. */
  async function abandon(silentFor: number): Promise<void> {
    const seconds = Math.round(silentFor / 1000)
    end(
      new DriverError(
        'timeout',
        `${what}: nothing was heard of the consumer for ${seconds} s; see to the broker, or raise stallTimeoutMs`,
      ),
    )
    const left = await halt()
    client.sockets.cut('the consumer has stopped')
    await left?.stop().catch(() => undefined)
  }

  function watch(): () => void {
    const timer = setInterval(() => {
      const silentFor = now() - heardAt
      if (running !== undefined && failure === undefined && silentFor >= settings.stallTimeoutMs)
        void abandon(silentFor)
    }, settings.stallTimeoutMs / 4)
    return () => clearInterval(timer)
  }

  /** The ends count what nobody reads as well, such as the marks of transactions: a topic of those is never said to be read. */
  async function compareEnds(admin: Admin): Promise<Remaining> {
    let remaining: Remaining = 'nothing'
    for (const topic of await subscription()) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        const next = queue.nextOf(topic, partition)
        if (!queue.isAssigned(topic, partition)) remaining = 'unknown'
        else if (next !== undefined && next < BigInt(high)) return 'something'
        else if (next === undefined && low !== high) remaining = 'unknown'
      }
    }
    return remaining
  }

  return {
    inTransaction: queue.inTransaction,
    async remaining() {
      if (session === undefined || !queue.isIdle) return 'something'
      try {
        return await asAdmin(compareEnds)
      } catch {
        return 'unknown'
      }
    },
    deliveries(options) {
      if (iterating) throw new DriverError('protocol', `${what}: an iteration is already under way`)
      iterating = true
      failure = undefined
      start()
      const unwatch = watch()
      return iterateDeliveries(
        {
          changed: arrival,
          take() {
            const delivery = queue.take()
            if (delivery === undefined && failure !== undefined) throw failure
            return delivery
          },
          finished: () => closing !== undefined,
          done() {
            iterating = false
            unwatch()
          },
        },
        options,
      )
    },
    leave,
    close() {
      closing ??= leave().finally(() => {
        commits.stop()
        queue.close()
      })
      arrival.wake()
      return closing
    },
  }
}
