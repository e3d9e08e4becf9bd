import { ObsError } from '../error.ts'
import { familyName, type MetricDeclaration, type MetricType } from '../registry/declaration.ts'
import { parseRegistry } from '../registry/parse.ts'
import type { Counter } from './counter.ts'
import type { Gauge } from './gauge.ts'
import type { Histogram } from './histogram.ts'
import { byCodePoint } from './labels.ts'
import { createSlot, type Slot } from './slot.ts'
import type { Labels, MetricFamily, MetricsSnapshot } from './snapshot.ts'

/** One declared metric and its values of this moment. */
export interface MetricSource {
  readonly metric: MetricDeclaration
  read(): MetricFamily
}

/**
 * The instruments of one run. Asking for the same id and labels again gives the same instrument. A metric without labels
 * is there, at zero, from the start; one with labels has the series that were asked for.
 */
export interface Metrics {
  /**
   * @throws ObsError `unknown_metric` or `wrong_type` where the registry does not declare the id as a counter,
   *   `invalid_labels` where the labels are not exactly the declared ones, or there are too many series
   */
  counter(id: string, labels?: Labels): Counter
  /** As {@link Metrics.counter}, for a gauge. */
  gauge(id: string, labels?: Labels): Gauge
  /** As {@link Metrics.counter}, for a histogram. */
  histogram(id: string, labels?: Labels): Histogram
  /** The values of this moment, detached from later ones. */
  snapshot(): MetricsSnapshot
  /** The declared metrics one by one, in the order of the snapshot: what exporters such as `./live` are built on. */
  readonly sources: readonly MetricSource[]
}

/**
 * Makes the instruments that a registry document (`x07.obs.metrics.registry@0.1.0`, parsed from JSON) declares. Nothing
 * else can be measured, so a dashboard and a contract can rely on the names.
 *
 * @throws ObsError `invalid_registry`
 */
export function createMetrics(registryDocument: unknown): Metrics {
  const slots = new Map(parseRegistry(registryDocument).metrics.map((metric) => [metric.id, createSlot(metric)]))
  const ordered = [...slots.values()].toSorted((one, other) =>
    byCodePoint(familyName(one.metric), familyName(other.metric)),
  )
  return {
    counter: (id, labels = {}) => find(slots, id, 'counter_u64_v1').bind(labels),
    gauge: (id, labels = {}) => find(slots, id, 'gauge_f64_v1').bind(labels),
    histogram: (id, labels = {}) => find(slots, id, 'histogram_f64_v1').bind(labels),
    snapshot: () => ({ families: ordered.map((slot) => slot.read()) }),
    sources: ordered,
  }
}

type SlotFor<Type extends MetricType> = Extract<Slot, { type: Type }>

function find<Type extends MetricType>(slots: ReadonlyMap<string, Slot>, id: string, type: Type): SlotFor<Type> {
  const slot = slots.get(id)
  if (slot === undefined) {
    const declared = [...slots.keys()].join(', ')
    const message = `bind metric ${JSON.stringify(id)}: the registry does not declare it, it declares ${declared}`
    throw new ObsError('unknown_metric', message)
  }
  if (!isType(slot, type)) {
    throw new ObsError('wrong_type', `bind metric ${id}: the registry declares it as ${slot.type}, not as ${type}`)
  }
  return slot
}

function isType<Type extends MetricType>(slot: Slot, type: Type): slot is SlotFor<Type> {
  return slot.type === type
}
