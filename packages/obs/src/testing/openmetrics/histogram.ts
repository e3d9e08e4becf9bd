import { OpenMetricsError, type OpenMetricsSample } from './types.ts'

/** Refuses the samples of one histogram at one time that do not fit together. */
export function checkHistogram(samples: readonly OpenMetricsSample[], name: string): void {
  const last = samples.at(-1)
  if (last === undefined) return
  const refuse = (line: number, reason: string): never => {
    throw new OpenMetricsError(line, `histogram ${name}: ${reason}`)
  }
  let previous: { bound: number; value: number } | undefined
  let negative = false
  for (const { line, value, bound } of bucketsOf(samples, name)) {
    if (Number.isNaN(bound)) refuse(line, 'a bucket has no number for its le')
    if (previous !== undefined && bound <= previous.bound) refuse(line, 'the buckets do not ascend')
    if (previous !== undefined && value < previous.value) refuse(line, 'a bucket counts less than the one below it')
    negative ||= bound < 0
    previous = { bound, value }
  }
  if (previous?.bound !== Number.POSITIVE_INFINITY) refuse(last.line, 'the bucket +Inf is missing')
  const find = (...suffixes: string[]): OpenMetricsSample | undefined =>
    samples.find((sample) => suffixes.some((suffix) => sample.name === name + suffix))
  const count = find('_count', '_gcount')
  const sum = find('_sum', '_gsum')
  if ((count === undefined) !== (sum === undefined)) refuse(last.line, 'of count and sum, one is missing')
  if (count !== undefined && count.value !== previous?.value)
    refuse(count.line, 'the count differs from the bucket +Inf')
  if (negative && sum?.name === `${name}_sum`) refuse(sum.line, 'there is a sum although a bucket is below 0')
  if (sum?.name === `${name}_gsum` && sum.value < 0 && !negative)
    refuse(sum.line, 'a sum below 0 without a bucket below 0')
}

function bucketsOf(
  samples: readonly OpenMetricsSample[],
  name: string,
): { line: number; value: number; bound: number }[] {
  return samples
    .filter((sample) => sample.name === `${name}_bucket`)
    .map(({ line, value, labels }) => ({ line, value, bound: toBound(labels.get('le')) }))
}

function toBound(le: string | undefined): number {
  if (le === '+Inf') return Number.POSITIVE_INFINITY
  return le === undefined || le.trim() !== le || le === '' ? Number.NaN : Number(le)
}
