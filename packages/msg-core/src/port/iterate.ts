import type { Delivery, WaitOptions } from './driver.ts'
import type { Wakeup } from '../kit/wakeup.ts'

/** Where the deliveries of one iteration come from. */
export interface DeliverySource {
  /** Woken at every change: a delivery at hand, the end, a failure. */
  readonly changed: Wakeup
  /** The next delivery, or undefined while there is none. Throws what ended the deliveries. */
  take(): Delivery | undefined
  /** Whether the deliveries have ended without an error. */
  finished(): boolean
  /** Called once, when the iteration is over. */
  done(): void
}

/**
 * Turns a source into the iteration that the port promises: ended without an error by the signal or the source's end. A
 * generator would cost three promises a message; this costs one, already resolved while deliveries are at hand.
 */
export function iterateDeliveries(source: DeliverySource, { signal }: WaitOptions = {}): AsyncIterable<Delivery> {
  const wake = (): void => source.changed.wake()
  signal?.addEventListener('abort', wake, { once: true })
  let over = false
  const finish = (): IteratorResult<Delivery> => {
    if (!over) {
      over = true
      signal?.removeEventListener('abort', wake)
      source.done()
    }
    return { done: true, value: undefined }
  }
  /** What is at hand; undefined where there is nothing yet. */
  const step = (): IteratorResult<Delivery> | undefined => {
    if (over || signal?.aborted === true || source.finished()) return finish()
    const value = source.take()
    return value === undefined ? undefined : { done: false, value }
  }
  const wait = async (): Promise<IteratorResult<Delivery>> => {
    try {
      for (;;) {
        await source.changed.wait()
        const next = step()
        if (next !== undefined) return next
      }
    } catch (error) {
      finish()
      throw error
    }
  }
  const next = (): Promise<IteratorResult<Delivery>> => {
    try {
      const now = step()
      return now === undefined ? wait() : Promise.resolve(now)
    } catch (error) {
      finish()
      return Promise.reject(error)
    }
  }
  return {
    [Symbol.asyncIterator]: () => ({ next, return: async () => finish() }),
  }
}
