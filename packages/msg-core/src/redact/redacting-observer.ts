import type { DriverObserver } from '../port/observer.ts'
import type { Redactor } from './redactor.ts'

/** An observer that is shown the redacted form, so that what it measures is what it measures in a replay. */
export function redactingObserver(observer: DriverObserver, redactor: Redactor): DriverObserver {
  return {
    ...observer,
    published: (status, envelope, ticks) => observer.published(status, redactor.envelope(envelope), ticks),
    settled: (outcome, envelope, ticks) => observer.settled(outcome, redactor.envelope(envelope), ticks),
  }
}
