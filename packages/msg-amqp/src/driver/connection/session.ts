import type { Log } from '@x07-lab/msg-core/driver'
import { DriverError } from '@x07-lab/msg-core'
import { wakeup } from '@x07-lab/msg-core/driver'
import { toDriverError } from '../errors.ts'
import type { RetryOptions } from '../options.ts'
import { pause, type Timers } from '@x07-lab/msg-core/kit'
import { delayBefore } from './backoff.ts'
import type { LiveConnection } from './live-connection.ts'

/** What lives on a connection and is set up again on the next one. */
export interface Participant {
  /** A connection stands. What this rejects with counts as a failed attempt. */
  up(connection: LiveConnection): Promise<void>
  /** The connection is gone, another may come. */
  down(): void
  /** No other will come by itself: every open call fails with this. */
  fail(error: DriverError): void
}

export interface SessionOptions {
  readonly dial: (signal: AbortSignal) => Promise<LiveConnection>
  /** `local_dev_v1 at 127.0.0.1:5672`, for messages. */
  readonly broker: string
  readonly retry: Required<RetryOptions>
  readonly timers: Timers
  readonly random: () => number
  readonly log: Log
}

/** Keeps one connection standing: notices its loss, dials again within the retry policy, sets the participants up in order. */
export interface Session {
  readonly connection: LiveConnection | undefined
  /** Connects for the first time. */
  open(participants: readonly Participant[]): Promise<void>
  /** Connects again where retries were used up before: somebody has work. */
  revive(): void
  /** Something was confirmed or settled: the retries count from zero. */
  progress(): void
  /** Resolves with the connection once one stands. */
  ready(signal?: AbortSignal): Promise<LiveConnection>
  /** Gives the connection up because it does not do its work. */
  drop(cause: DriverError): void
  /** Ends for good; no participant is told. */
  end(): void
}

/** Errors that another attempt cannot mend. */
const final = new Set<DriverError['code']>([
  'auth_refused',
  'tls_failed',
  'invalid_config',
  'precondition_failed',
  'aborted',
])

export function startSession(options: SessionOptions): Session {
  const { broker, retry, timers, random, log } = options
  const ended = new AbortController()
  const changed = wakeup()
  let participants: readonly Participant[] = []
  let connection: LiveConnection | undefined
  /** Stands, and the participants are being set up on it. */
  let settingUp: LiveConnection | undefined
  let connecting = false
  let failures = 0
  let failure: DriverError | undefined
  let loss: DriverError | undefined

  const attempt = async (): Promise<void> => {
    const fresh = await options.dial(ended.signal)
    if (ended.signal.aborted) {
      fresh.destroy(undefined)
      throw new DriverError('closed', `connect to ${broker}: the driver is closed`)
    }
    settingUp = fresh
    try {
      for (const participant of participants) await participant.up(fresh)
      if (ended.signal.aborted) throw new DriverError('closed', `set up ${broker}: the driver is closed`)
    } catch (error) {
      fresh.destroy(error)
      for (const participant of participants) participant.down()
      throw toDriverError(error, `set up ${broker}`, 'live')
    } finally {
      settingUp = undefined
    }
    connection = fresh
    failure = undefined
    fresh.onLost(lost)
    changed.wake()
  }

  const lost = (cause: unknown): void => {
    if (connection === undefined) return
    connection = undefined
    if (ended.signal.aborted) return
    for (const participant of participants) participant.down()
    loss = toDriverError(cause ?? new Error('Unexpected close'), `connection to ${broker}`, 'live')
    log('warn', loss.message, { broker })
    // A connection may be lost while it is still being set up: then the loop that set it up goes on.
    void reconnect(loss, retry.attempts)
  }

  /** Ends with a connection, or with every participant told why there is none. */
  const reconnect = async (first: DriverError | undefined, attempts: number): Promise<void> => {
    if (connecting) return
    connecting = true
    let last = first
    let tries = 0
    while (!ended.signal.aborted) {
      if (last !== undefined && (final.has(last.code) || failures >= attempts)) break
      if (last !== undefined) await pause(delayBefore(failures + 1, retry, random), ended.signal, timers)
      if (ended.signal.aborted) break
      failures++
      tries++
      loss = undefined
      try {
        await attempt()
        if (loss !== undefined) throw loss as DriverError
        if (first !== undefined)
          log('info', `reconnected to ${broker} after ${tries === 1 ? '1 attempt' : `${tries} attempts`}`, {
            broker,
            attempts: tries,
          })
        connecting = false
        return
      } catch (error) {
        last = toDriverError(error, `connect to ${broker}`, 'dial')
      }
    }
    connecting = false
    if (ended.signal.aborted || last === undefined) return
    failure = givenUp(last, failures)
    failures = 0
    for (const participant of participants) participant.fail(failure)
    changed.wake()
  }

  const wake = (): void => changed.wake()

  return {
    get connection() {
      return connection
    },
    async open(given) {
      participants = given
      await reconnect(undefined, retry.openAttempts)
      if (failure !== undefined) throw failure
      failures = 0
    },
    revive() {
      if (connection !== undefined || connecting || ended.signal.aborted) return
      failure = undefined
      void reconnect(undefined, retry.attempts)
    },
    progress() {
      failures = 0
    },
    async ready(signal) {
      signal?.addEventListener('abort', wake, { once: true })
      try {
        for (;;) {
          if (ended.signal.aborted) throw new DriverError('closed', `connect to ${broker}: the driver is closed`)
          if (signal?.aborted === true) throw new DriverError('aborted', `connect to ${broker}: aborted by the caller`)
          if (failure !== undefined) throw failure
          if (connection !== undefined) return connection
          await changed.wait()
        }
      } finally {
        signal?.removeEventListener('abort', wake)
      }
    },
    drop(cause) {
      connection?.destroy(cause)
    },
    end() {
      ended.abort()
      // Nobody else knows of it, and it would keep the process alive.
      settingUp?.destroy(undefined)
      changed.wake()
    },
  }
}

function givenUp(last: DriverError, tries: number): DriverError {
  if (final.has(last.code) || tries <= 1) return last
  return new DriverError(last.code, `${last.message}; given up after ${tries} attempts`, { cause: last })
}
