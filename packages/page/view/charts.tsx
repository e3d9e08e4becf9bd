import { useMemo } from 'preact/hooks'
import type { Recording } from './data.ts'
import { durationText } from './words.ts'

const width = 360
const height = 90
/** Buckets of a latency histogram: powers of two from 1 µs to a little over an hour. */
const latencyBuckets = 32
const rateBuckets = 60

/** How long things took, and how they were spread over the run. */
export function Charts({ recording }: { readonly recording: Recording }) {
  const charts = useMemo(() => measure(recording), [recording])
  return (
    <section class="charts" aria-label="Latencies and rates">
      {charts.map(({ title, summary, bars, axis }) => (
        <figure>
          <figcaption>
            {title} <span class="dim">{summary}</span>
          </figcaption>
          <svg
            viewBox={`0 0 ${width} ${height}`}
            preserveAspectRatio="none"
            role="img"
            aria-label={`${title}: ${summary}`}
          >
            {bars.map((share, at) => (
              <rect
                x={(at * width) / bars.length}
                y={height - share * height}
                width={Math.max(1, width / bars.length - 1)}
                height={share * height}
              />
            ))}
          </svg>
          <p class="axis dim">
            {axis.map((text) => (
              <span>{text}</span>
            ))}
          </p>
        </figure>
      ))}
    </section>
  )
}

interface Chart {
  readonly title: string
  readonly summary: string
  /** Heights from 0 to 1. */
  readonly bars: readonly number[]
  /** Under the first bar, and under the last. */
  readonly axis: readonly [from: string, to: string]
}

function measure(recording: Recording): readonly Chart[] {
  const { column, count, end } = recording
  const latencies = { publish: new Uint32Array(latencyBuckets), delivery: new Uint32Array(latencyBuckets) }
  const rate = new Uint32Array(rateBuckets)
  for (let entry = 0; entry < count; entry++) {
    const kind = recording.kindOf(entry)
    if (kind === 'publish' || kind === 'delivery') {
      const bucket = Math.min(latencyBuckets - 1, 32 - Math.clz32(column.ticks[entry] ?? 0))
      latencies[kind][bucket] = (latencies[kind][bucket] ?? 0) + 1
    }
    const at = Math.min(rateBuckets - 1, Math.floor(((column.end[entry] ?? 0) / (end + 1)) * rateBuckets))
    rate[at] = (rate[at] ?? 0) + 1
  }
  const charts: readonly Chart[] = [
    { title: 'Publish to confirm', ...histogram(latencies.publish) },
    { title: 'Delivery to settle', ...histogram(latencies.delivery) },
    {
      title: 'Entries over the run',
      summary: `${count.toLocaleString('en')} in all`,
      bars: shares(rate),
      axis: recording.index.clock === 'microseconds' ? ['0', durationText(end)] : ['begin', 'end'],
    },
  ]
  return charts.filter(({ bars }) => bars.some((share) => share > 0))
}

function histogram(counts: Uint32Array): Omit<Chart, 'title'> {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return { summary: 'none', bars: [], axis: ['', ''] }
  const at = (share: number): string => {
    let seen = 0
    const bucket = counts.findIndex((count) => (seen += count) >= share * total)
    return durationText(2 ** Math.max(0, bucket))
  }
  const first = Math.max(0, counts.findIndex((count) => count > 0) - 1)
  const last = Math.min(counts.length - 1, counts.findLastIndex((count) => count > 0) + 1)
  return {
    summary: `p50 ≤ ${at(0.5)}, p95 ≤ ${at(0.95)}, p99 ≤ ${at(0.99)}`,
    bars: shares(counts.slice(first, last + 1)),
    axis: [first === 0 ? '0' : durationText(2 ** (first - 1)), durationText(2 ** last)],
  }
}

function shares(counts: Uint32Array): readonly number[] {
  const most = counts.reduce((a, b) => Math.max(a, b), 1)
  return [...counts].map((count) => count / most)
}
