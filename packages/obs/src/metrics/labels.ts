import { ObsError } from '../error.ts'
import { unprintable } from '../openmetrics/escape.ts'
import type { MetricDeclaration } from '../registry/declaration.ts'
import type { Labels } from './snapshot.ts'

/** Orders texts by code point, which is also the order of their UTF-8 bytes; `<` orders by UTF-16 unit. */
export function byCodePoint(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}

/**
 * The given labels in ascending order of their names.
 *
 * @throws ObsError `invalid_labels` for a label that is missing, undeclared or not writable
 */
export function boundLabels(metric: MetricDeclaration, given: Labels): Labels {
  for (const name of Object.keys(given)) {
    if (!metric.labels.includes(name)) {
      const declared = metric.labels.length === 0 ? 'none' : metric.labels.join(', ')
      throw refusal(metric, `the registry declares no label ${JSON.stringify(name)}, it declares ${declared}`)
    }
  }
  const labels: Record<string, string> = {}
  for (const name of metric.labels.toSorted(byCodePoint)) {
    const value = Object.hasOwn(given, name) ? given[name] : undefined
    if (typeof value !== 'string') throw refusal(metric, `label ${name} needs a text`)
    const odd = unprintable(value)
    if (odd !== undefined) throw refusal(metric, `the value of label ${name} holds ${odd}`)
    labels[name] = value
  }
  return labels
}

function refusal(metric: MetricDeclaration, reason: string): ObsError {
  return new ObsError('invalid_labels', `bind metric ${metric.id}: ${reason}`)
}
