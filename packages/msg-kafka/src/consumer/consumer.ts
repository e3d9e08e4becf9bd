import { DriverError, type Delivery, type WaitOptions } from '@x07-lab/msg-core'
import { iterateDeliveries, wakeup } from '@x07-lab/msg-core/driver'
import { backoff } from '../backoff.ts'
import type { Client } from '../client/client.ts'
import { failed, gaveUp } from '../failed.ts'
import { classify, whenConnected } from '../failure.ts'
import type { Settings } from '../options.ts'
import { pause } from '../pause.ts'
import { denied } from '../topology.ts'
import { createCommits } from './commits.ts'
import { Intake } from './intake.ts'
import { openSession, type Session } from './session.ts'

/** The consuming half of a driver. */
export interface KafkaConsumer {
  deliveries(options?: WaitOptions): AsyncIterable<Delivery>
  /** Commits what is settled and leaves the group. What was handed out stays settleable, without effect on the broker. */
  leave(): Promise<void>
  /** Leaves, and ends the iteration. Idempotent. */
  close(): Promise<void>
}

/**
 * Consumes from the first call of `deliveries` until close: kafkajs consumers one after the other, the next when one breaks
 * down, with the same intake, so that an outage is a pause.
 */
export function createConsumer(client: Client, settings: Settings): KafkaConsumer {
  const { endpoint, physical, log, now } = settings
  const what = `consume from ${endpoint}`
  const logical = new Map(settings.topics.map((topic) => [physical(topic), topic]))
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

  const intake = new Intake({
    endpoint,
    logical: (name) => logical.get(name) ?? name,
    limit: settings.profile.limits.max_poll_items,
    onArrival: () => arrival.wake(),
    onRoom: () => room.wake(),
    onSettled: () => commits.note(),
  })
  const commits = createCommits({
    feeds: () => intake.feeds,
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
        session = await openSession({
          client,
          settings,
          topics: [...logical.keys()],
          groupId: physical(settings.groupId),
          formerMember: member,
          onJoin(memberId, assignment) {
            member = memberId
            intake.assign(assignment)
          },
          onRebalance: () => void commits.flush(),
          onBatch: (batch) => intake.accept(batch),
          onAnswer: heard,
          // Retries are counted from here: a consumer may have been idle for longer than they last.
          onWork: () => tries.succeeded(),
          onCrash: (error) => crashed.resolve(error),
          isFull: () => intake.isFull,
          room: () => room.wait(),
        })
        const error = await crashed.promise
        if (error !== undefined) throw error
      } catch (error) {
        session = undefined
        const failing = whenConnected(classify(error))
        const denial = client.sockets.denial()
        if (denial !== undefined) return end(denied(what, denial))
        const delay = tries.next()
        if (failing.remedy !== 'retry' && failing.remedy !== 'reconnect') return end(failed(what, failing, error))
        if (delay === undefined) return end(gaveUp(what, failing, error, tries.failingFor()))
        log?.(tries.isFirst() ? 'warn' : 'debug', `${what}: ${failing.reason}; trying again`, { type: failing.type })
        client.sockets.cut(failing.reason)
        await pause(delay, signal)
      } finally {
        signal.removeEventListener('abort', onAbort)
      }
    }
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

  return {
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
            const delivery = intake.take()
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
        intake.close()
      })
      arrival.wake()
      return closing
    },
  }
}
