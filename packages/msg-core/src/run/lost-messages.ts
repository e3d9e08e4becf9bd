import { locateParts, topicAt } from '../format/envelope/frame.ts'
import { asBuffer } from '../kit/index.ts'
import { forwarded } from '../port/forwarded.ts'
import { DriverError, type Delivery, type Driver, type PublishResult, type WaitOptions } from '../port/index.ts'

/** Long enough for a broker that is busy, short for somebody who waits. */
export const defaultLostAfterMs = 25_000

/** Looks within the time: what is lost is noticed at most a fifth too late, and the broker is asked twice. */
const looks = 5
/** Topics and keys that are counted; a run with more is not watched, so that it takes no more memory. */
const maxLanes = 10_000

interface Lane {
  confirmed: number
  delivered: number
}

/**
 * A live driver whose iteration ends with `timeout` when messages that this run published will never come: nothing was delivered for
 * the time, the broker says that it has nothing more, and of a topic and key of which messages did come fewer came than were
 * confirmed. What was routed to others only is not missed; nor is anything missed of a driver that cannot ask its broker.
 *
 * @param onLost told once, with the error that the iteration throws
 */
export function endingWhenLost(driver: Driver, lostAfterMs: number, onLost: (error: DriverError) => void): Driver {
  const remaining = driver.remaining?.bind(driver)
  if (remaining === undefined) return driver
  const lanes = new Map<string, Lane>()
  let counting = true
  const laneOf = (envelope: Uint8Array): Lane | undefined => {
    if (!counting) return undefined
    // Topic and key are all that stands before the value.
    const name = asBuffer(envelope).toString('latin1', topicAt - 4, locateParts(envelope).keyEnd)
    let lane = lanes.get(name)
    if (lane === undefined) {
      lane = { confirmed: 0, delivered: 0 }
      lanes.set(name, lane)
      counting = lanes.size <= maxLanes
      if (!counting) lanes.clear()
    }
    return lane
  }
  const missing = (): number => {
    let count = 0
    for (const { confirmed, delivered } of lanes.values())
      if (delivered > 0) count += Math.max(0, confirmed - delivered)
    return count
  }

  return {
    ...forwarded(driver),
    async publish(envelope: Uint8Array, options?: WaitOptions): Promise<PublishResult> {
      const lane = laneOf(envelope)
      const result = await driver.publish(envelope, options)
      if (lane !== undefined && result.status === 'confirmed' && result.answer['routed'] !== false) {
        lane.confirmed++
      }
      return result
    },
    deliveries({ signal }: WaitOptions = {}): AsyncIterable<Delivery> {
      const stop = new AbortController()
      const follow = (): void => stop.abort(signal?.reason)
      if (signal?.aborted === true) follow()
      signal?.addEventListener('abort', follow, { once: true })
      let heard = true
      let quiet = 0
      let empty = 0
      let lost: DriverError | undefined
      const look = async (): Promise<void> => {
        quiet = heard ? 0 : quiet + 1
        heard = false
        const isEmpty = quiet > 1 && missing() > 0 && (await remaining()) === 'nothing'
        empty = isEmpty && !heard ? empty + 1 : 0
        if (quiet < looks || empty < 2 || stop.signal.aborted) return
        lost = new DriverError(
          'timeout',
          `consume from ${driver.endpoint}: ${missing()} messages that this run published did not come, none did for ` +
            `${lostAfterMs / 1_000} s, and the broker has no more: it lost them (a purge, a time to live, retention, a queue made ` +
            'anew); record again, or set lostAfterMs, false where it is meant so',
        )
        onLost(lost)
        stop.abort()
      }
      const timer = setInterval(() => void look(), lostAfterMs / looks)
      timer.unref()
      const over = (): void => {
        clearInterval(timer)
        signal?.removeEventListener('abort', follow)
      }
      const inner = driver.deliveries({ signal: stop.signal })[Symbol.asyncIterator]()
      return {
        [Symbol.asyncIterator]: () => ({
          async next() {
            try {
              const step = await inner.next()
              if (step.done !== true) {
                heard = true
                const lane = laneOf(step.value.envelope)
                if (lane !== undefined && step.value.metadata['redelivered'] !== true) lane.delivered++
                return step
              }
            } catch (error) {
              over()
              throw error
            }
            over()
            if (lost !== undefined) throw lost
            return { done: true, value: undefined }
          },
          async return() {
            over()
            return (await inner.return?.()) ?? { done: true, value: undefined }
          },
        }),
      }
    },
  }
}
