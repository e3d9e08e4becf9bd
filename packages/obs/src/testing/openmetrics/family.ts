import { checkHistogram } from './histogram.ts'
import type { OpenFamily } from './open-family.ts'
import { OpenMetricsError, type OpenMetricsSample, type OpenMetricsType } from './types.ts'

/** Samples whose values only grow, and so are numbers from 0. */
const counting = ['_total', '_count', '_sum', '_bucket', '_gcount']
/** Samples that count events. */
const whole = ['_count', '_gcount', '_bucket']

/** Refuses a family that breaks a rule of its type, or whose samples are not in groups. */
export function checkFamily(family: OpenFamily): void {
  const { name, line, type = 'unknown', unit = '' } = family
  if (unit !== '' && !name.endsWith(`_${unit}`)) {
    throw new OpenMetricsError(line, `the unit ${unit} is not the end of the name ${name}`)
  }
  if (unit !== '' && (type === 'info' || type === 'stateset'))
    throw new OpenMetricsError(line, `a unit on ${type} ${name}`)
  for (const sample of family.samples) checkSample(sample, name, type)
  for (const points of groupsOf(family, type)) {
    if (type === 'histogram' || type === 'gaugehistogram') checkHistogram(points, name)
  }
}

function checkSample(sample: OpenMetricsSample, name: string, type: OpenMetricsType): void {
  const suffix = sample.name.slice(name.length)
  const { value, labels, line } = sample
  const refuse = (reason: string): never => {
    throw new OpenMetricsError(line, `${sample.name}: ${reason}`)
  }
  if ([...counting, '_gsum'].includes(suffix) && Number.isNaN(value)) refuse('its value is not a number')
  if (counting.includes(suffix) && value < 0) refuse('its value is below 0')
  if (whole.includes(suffix) && !Number.isInteger(value)) refuse('it counts events and is not an integer')
  if (type === 'info' && value !== 1) refuse('the value of an info is 1')
  if (type === 'stateset' && value !== 0 && value !== 1) refuse('the value of a state is 0 or 1')
  if (type === 'stateset' && !labels.has(name)) refuse(`a state has a label ${name}`)
  if (type === 'summary' && suffix === '') {
    const quantile = labels.get('quantile')
    if (quantile === undefined || !(Number(quantile) >= 0 && Number(quantile) <= 1))
      refuse('its quantile is not in 0 to 1')
    if (value < 0) refuse('the value of a quantile is below 0')
  }
  if (sample.exemplar !== undefined) {
    const allowed = (type === 'counter' && suffix === '_total') || (type.endsWith('histogram') && suffix === '_bucket')
    if (!allowed) refuse('only the total of a counter and the buckets of a histogram have exemplars')
  }
}

/** The samples of one label set at one time, in order; refuses a label set that comes back after another one. */
function* groupsOf(family: OpenFamily, type: OpenMetricsType): Generator<OpenMetricsSample[]> {
  const closed = new Set<string>()
  let current: { key: string; points: OpenMetricsSample[]; seen: Set<string> } | undefined
  for (const sample of family.samples) {
    const key = groupKey(sample, family.name, type)
    const previous = current?.points.at(-1)
    if (current === undefined || current.key !== key) {
      if (current !== undefined) yield current.points
      if (closed.has(key)) throw new OpenMetricsError(sample.line, `${sample.name}: samples of one label set are apart`)
      closed.add(key)
      current = { key, points: [], seen: new Set() }
    } else if (previous !== undefined && sample.timestamp !== previous.timestamp) {
      checkTimestamps(previous, sample, type)
      yield current.points
      current = { key, points: [], seen: new Set() }
    }
    const series = JSON.stringify([sample.name, ...sortedLabels(sample.labels)])
    const repeated = current.seen.has(series)
    // Timestamps may be cut to whole seconds, which makes points look like one; without timestamps nothing excuses it.
    if (repeated && sample.timestamp === undefined)
      throw new OpenMetricsError(sample.line, `${sample.name} is there twice`)
    if (!repeated) current.points.push(sample)
    current.seen.add(series)
  }
  if (current !== undefined) yield current.points
}

function checkTimestamps(previous: OpenMetricsSample, sample: OpenMetricsSample, type: OpenMetricsType): void {
  if (previous.timestamp === undefined || sample.timestamp === undefined) {
    throw new OpenMetricsError(
      sample.line,
      `${sample.name}: of one label set, some samples have a timestamp and some not`,
    )
  }
  if (sample.timestamp < previous.timestamp && type !== 'info') {
    throw new OpenMetricsError(sample.line, `${sample.name}: the timestamp is before the previous one`)
  }
}

/** What tells metrics of a family apart: the labels, without the one that tells the points of one metric apart. */
function groupKey(sample: OpenMetricsSample, name: string, type: OpenMetricsType): string {
  // No label of an info is set apart from its others, so all of its samples count as one group.
  if (type === 'info') return ''
  const left = new Map(sample.labels)
  if (type === 'stateset') left.delete(name)
  if (type === 'summary' && sample.name === name) left.delete('quantile')
  if (sample.name === `${name}_bucket`) left.delete('le')
  return JSON.stringify(sortedLabels(left))
}

function sortedLabels(labels: ReadonlyMap<string, string>): [string, string][] {
  return [...labels].toSorted(([one], [other]) => (one < other ? -1 : 1))
}
