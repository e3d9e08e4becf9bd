import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import { TOTAL } from '../registry/declaration.ts'
import type { Metrics, MetricSource } from '../metrics/metrics.ts'
import type { MetricFamily } from '../metrics/snapshot.ts'

/**
 * A prom-client registry over the values of `metrics`, for a service's `/metrics`: nothing is fed while messages flow, a
 * scrape (`registry.metrics()`) reads. Values pass through doubles there, so what must be exact or byte-identical comes from
 * `Metrics.snapshot`. Every call makes a registry of its own.
 */
export function liveRegistry(metrics: Pick<Metrics, 'sources'>): Registry {
  const registry = new Registry()
  for (const source of metrics.sources) registry.registerMetric(liveMetric(source, () => registry.contentType))
  return registry
}

// The classes keep prom-client's own shape and replace only what `get` gives, since its histogram has no way to be set.
function liveMetric(source: MetricSource, contentType: () => string): Counter | Gauge | Histogram {
  const { id: name, help, labels: labelNames, type } = source.metric
  const config = { name, help, labelNames, registers: [] }
  if (type === 'counter_u64_v1') return new LiveCounter(config, source, contentType)
  return type === 'gauge_f64_v1' ? new LiveGauge(config, source) : new LiveHistogram(config, source)
}

interface Config {
  name: string
  help: string
  labelNames: readonly string[]
  /** None: the default would be prom-client's global registry. */
  registers: Registry[]
}

type Sample = Awaited<ReturnType<Histogram['get']>>['values'][number]

class LiveCounter extends Counter {
  readonly #id: string
  readonly #source: MetricSource
  readonly #contentType: () => string

  constructor(config: Config, source: MetricSource, contentType: () => string) {
    super(config)
    this.#id = config.name
    this.#source = source
    this.#contentType = contentType
  }

  override async get(): ReturnType<Counter['get']> {
    // Once asked for OpenMetrics, prom-client drops `_total` from a counter's name for good; the name must follow the
    // content type instead.
    const openMetrics = this.#contentType() === Registry.OPENMETRICS_CONTENT_TYPE
    const name = openMetrics ? this.#id.slice(0, -TOTAL.length) : this.#id
    return { ...(await super.get()), name, values: samples(this.#source.read()) }
  }
}

class LiveGauge extends Gauge {
  readonly #source: MetricSource

  constructor(config: Config, source: MetricSource) {
    super(config)
    this.#source = source
  }

  override async get(): ReturnType<Gauge['get']> {
    return { ...(await super.get()), values: samples(this.#source.read()) }
  }
}

class LiveHistogram extends Histogram {
  readonly #source: MetricSource
  /** Gives everything of `get` but the values; prom-client's own `get` is built on the method below. */
  readonly #blank: Histogram

  constructor(config: Config, source: MetricSource) {
    super(config)
    this.#source = source
    this.#blank = new Histogram(config)
  }

  override async get(): ReturnType<Histogram['get']> {
    return { ...(await this.#blank.get()), values: samples(this.#source.read()) }
  }

  /** Where a metric has this method, the registry prints what it gives rather than what `get` gives. */
  async getForPromString(): ReturnType<Histogram['get']> {
    return await this.get()
  }
}

function samples(family: MetricFamily): Sample[] {
  if (family.type === 'counter') {
    return family.series.map(({ labels, value }) => ({ labels: { ...labels }, value: Number(value) }))
  }
  if (family.type === 'gauge') return family.series.map(({ labels, value }) => ({ labels: { ...labels }, value }))
  return family.series.flatMap(({ labels, buckets, sum, count }) => [
    ...buckets.map(({ le, count: upTo }) => ({
      metricName: `${family.name}_bucket`,
      labels: { ...labels, le },
      value: Number(upTo),
    })),
    { metricName: `${family.name}_sum`, labels: { ...labels }, value: Number(sum) },
    { metricName: `${family.name}_count`, labels: { ...labels }, value: Number(count) },
  ])
}
