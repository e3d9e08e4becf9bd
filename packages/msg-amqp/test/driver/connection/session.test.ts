import { DriverError } from '@x07-lab/msg-core'
import { describe, expect, test } from 'vitest'
import { defaultRetry, delayBefore } from '../../../src/driver/connection/backoff.ts'
import type { LiveConnection } from '../../../src/driver/connection/live-connection.ts'
import { startSession, type Session, type Participant } from '../../../src/driver/connection/session.ts'
import type { RetryOptions } from '../../../src/driver/options.ts'
import type { Timers } from '@x07-lab/msg-core/kit'

/** A connection that stands until the test ends it. */
interface FakeLink extends LiveConnection {
  lose(cause?: unknown): void
}

function fakeLink(): FakeLink {
  let alive = true
  let listener: ((cause: unknown) => void) | undefined
  let lost: unknown
  const lose = (cause?: unknown): void => {
    if (!alive) return
    alive = false
    lost = cause
    listener?.(cause)
  }
  return {
    get model(): never {
      throw new Error('no test of a session looks into a connection')
    },
    tap: {
      next() {
        throw new Error('no test of a session looks into a connection')
      },
      nextReturned() {
        throw new Error('no test of a session looks into a connection')
      },
      end() {},
    },
    namedQueues: new Set(),
    brokerName: 'RabbitMQ',
    brokerVersion: '1',
    get alive() {
      return alive
    },
    blocked: undefined,
    ask: (pending) => pending,
    onLost(given) {
      listener = given
      if (!alive) given(lost)
    },
    destroy: lose,
    lose,
  }
}

interface Stage {
  readonly session: Session
  readonly links: FakeLink[]
  /** What happened: `dial`, `up`, `down`, `fail CODE`, `wait MS`, and what was logged. */
  readonly events: string[]
  readonly participant: Participant
}

/** A session whose dials give what `dials` says, in turn, and stand from then on; delays pass at once. */
function stage(dials: readonly (DriverError | 'ok' | 'dead')[], retry: RetryOptions = {}): Stage {
  const events: string[] = []
  const links: FakeLink[] = []
  const left = [...dials]
  const timers: Timers = {
    after(ms, run) {
      events.push(`wait ${ms}`)
      queueMicrotask(run)
      return () => undefined
    },
  }
  const session = startSession({
    dial() {
      events.push('dial')
      const next = left.shift() ?? 'ok'
      if (next instanceof DriverError) return Promise.reject(next)
      const connection = fakeLink()
      links.push(connection)
      if (next === 'dead') connection.lose()
      return Promise.resolve(connection)
    },
    broker: 'b',
    retry: { ...defaultRetry, jitter: 0, ...retry },
    timers,
    random: () => 0,
    log: (level, message) => events.push(`${level}: ${message}`),
  })
  const participant: Participant = {
    up: () => Promise.resolve(void events.push('up')),
    down: () => void events.push('down'),
    fail: (error) => void events.push(`fail ${error.code}`),
  }
  return { session, links, events, participant }
}

const refused = new DriverError('unreachable', 'refused')
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a session', () => {
  test('fails at once when the first dial fails', async () => {
    const { session, events, participant } = stage([refused])
    await expect(session.open([participant])).rejects.toBe(refused)
    expect(events).toEqual(['dial', 'fail unreachable'])
  })

  test('dials as often as it is told before it opens', async () => {
    const { session, events, participant } = stage([refused, refused], { openAttempts: 3 })
    await session.open([participant])
    expect(events).toEqual(['dial', 'wait 200', 'dial', 'wait 400', 'dial', 'up'])
  })

  test('dials again after a loss, with delays that double, until it stands', async () => {
    const { session, links, events, participant } = stage(['ok', refused, refused, 'ok'])
    await session.open([participant])
    links[0]?.lose(Object.assign(new Error('reset'), { code: 'ECONNRESET' }))
    expect(session.connection).toBeUndefined()
    await turn()
    expect(events.slice(2)).toEqual([
      'down',
      'warn: connection to b: the connection failed with ECONNRESET',
      'wait 100',
      'dial',
      'wait 200',
      'dial',
      'wait 400',
      'dial',
      'up',
      'info: reconnected to b after 3 attempts',
    ])
    expect(session.connection).toBe(links[1])
  })

  test('gives up when the attempts are used up, tells everybody why, and tries again for new work', async () => {
    const { session, links, events, participant } = stage(['ok', refused, refused, 'ok'], { attempts: 2 })
    await session.open([participant])
    links[0]?.lose()
    await turn()
    expect(events.slice(4)).toEqual(['wait 100', 'dial', 'wait 200', 'dial', 'fail unreachable'])
    await expect(session.ready()).rejects.toMatchObject({
      code: 'unreachable',
      message: 'refused; given up after 2 attempts',
    })
    session.revive()
    expect(await session.ready()).toBe(links[1])
  })

  test.each(['auth_refused', 'tls_failed', 'invalid_config'] as const)('does not dial again after %s', async (code) => {
    const error = new DriverError(code, 'no')
    const { session, links, events, participant } = stage(['ok', error])
    await session.open([participant])
    links[0]?.lose()
    await turn()
    expect(events.slice(4)).toEqual(['wait 100', 'dial', `fail ${code}`])
    await expect(session.ready()).rejects.toBe(error)
  })

  test('counts losses without progress between them; progress counts from zero', async () => {
    const { session, links, events, participant } = stage([], { attempts: 3 })
    await session.open([participant])
    for (let n = 0; n < 2; n++) {
      links[n]?.lose()
      await turn()
    }
    session.progress()
    for (let n = 2; n < 6; n++) {
      links[n]?.lose()
      await turn()
    }
    expect(events.filter((event) => /^(?:wait|fail)/.test(event))).toEqual([
      'wait 100',
      'wait 200',
      'wait 100',
      'wait 200',
      'wait 400',
      'fail connection_lost',
    ])
  })

  test('a connection that is lost while it is set up is one more attempt', async () => {
    const { session, links, events, participant } = stage(['dead', 'ok'], { openAttempts: 2 })
    await session.open([participant])
    expect(events.filter((event) => event === 'dial')).toHaveLength(2)
    expect(session.connection).toBe(links[1])
  })

  test('a participant that cannot be set up is one more attempt', async () => {
    const { session, links, events, participant } = stage([], { openAttempts: 2 })
    let times = 0
    const failing: Participant = {
      ...participant,
      up: () => (times++ === 0 ? Promise.reject(refused) : Promise.resolve()),
    }
    await session.open([failing])
    expect(events.slice(0, 2)).toEqual(['dial', 'down'])
    expect(links.map(({ alive }) => alive)).toEqual([false, true])
  })

  test('a connection that is being set up when the session ends is given up', async () => {
    const { session, links, participant } = stage(['ok', 'ok'])
    await session.open([participant])
    const { promise: isUp, resolve: up } = Promise.withResolvers<void>()
    const { promise: goOn, resolve: finish } = Promise.withResolvers<void>()
    participant.up = async () => {
      up()
      await goOn
    }
    links[0]?.lose()
    await isUp
    session.end()
    expect(links[1]?.alive).toBe(false)
    finish()
    await goOn
    expect(session.connection).toBeUndefined()
  })

  test('waiting for a connection ends with its signal, and with the session', async () => {
    const { session, links, participant } = stage([])
    await session.open([participant])
    links[0]?.lose()
    const stop = new AbortController()
    const waiting = session.ready(stop.signal)
    stop.abort()
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', message: 'connect to b: aborted by the caller' })
    session.end()
    await expect(session.ready()).rejects.toMatchObject({
      code: 'closed',
      message: 'connect to b: the driver is closed',
    })
  })
})

describe('delays', () => {
  test('double from the first to the longest, however many attempts there are', () => {
    const delays = [1, 2, 3, 6, 7, 8, 1_000].map((attempt) =>
      delayBefore(attempt, { ...defaultRetry, jitter: 0 }, () => 0.5),
    )
    expect(delays).toEqual([100, 200, 400, 3_200, 5_000, 5_000, 5_000])
  })

  test('are shortened by chance within the jitter', () => {
    expect([0, 0.5, 1].map((chance) => delayBefore(1, { ...defaultRetry, jitter: 0.2 }, () => chance))).toEqual([
      100, 90, 80,
    ])
  })
})
