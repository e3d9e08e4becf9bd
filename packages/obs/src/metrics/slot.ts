import { ObsError } from '../error.ts'
import { familyName, type MetricDeclaration, type MetricType } from '../registry/declaration.ts'
import { CounterCell } from './counter.ts'
import { GaugeCell } from './gauge.ts'
import { HistogramCell } from './histogram.ts'
import { boundLabels, byCodePoint } from './labels.ts'
import type { Labels, MetricFamily } from './snapshot.ts'

/** Series one metric may have; more means that a label holds what should be counted, not what it is counted by. */
export const MAX_SERIES_PER_METRIC = 10_000

interface Series<Cell> {
  readonly labels: Labels
  readonly cell: Cell
}

/** One declared metric with the series that were asked for. */
interface SlotOf<Type extends MetricType, Cell> {
  readonly type: Type
  readonly metric: MetricDeclaration
  bind(labels: Labels): Cell
  read(): MetricFamily
}

export type Slot =
  | SlotOf<'counter_u64_v1', CounterCell>
  | SlotOf<'gauge_f64_v1', GaugeCell>
  | SlotOf<'histogram_f64_v1', HistogramCell>

/** A metric without labels has its one series from the start, so that zero is told apart from nothing. */
export function createSlot(metric: MetricDeclaration): Slot {
  const slot = emptySlot(metric)
  if (metric.labels.length === 0) slot.bind({})
  return slot
}

function emptySlot(metric: MetricDeclaration): Slot {
  const { id, type, help, unit } = metric
  const head = { name: familyName(metric), help, unit }
  if (type === 'counter_u64_v1') {
    const { bind, series } = seriesTable(metric, () => new CounterCell(id))
    const values = () => series().map(({ labels, cell }) => ({ labels, value: cell.value }))
    return { type, metric, bind, read: () => ({ ...head, type: 'counter', series: values() }) }
  }
  if (type === 'gauge_f64_v1') {
    const { bind, series } = seriesTable(metric, () => new GaugeCell(id))
    const values = () => series().map(({ labels, cell }) => ({ labels, value: cell.value }))
    return { type, metric, bind, read: () => ({ ...head, type: 'gauge', series: values() }) }
  }
  const { bind, series } = seriesTable(metric, () => new HistogramCell(metric))
  const values = () => series().map(({ labels, cell }) => ({ labels, ...cell.read() }))
  return { type, metric, bind, read: () => ({ ...head, type: 'histogram', series: values() }) }
}

interface SeriesTable<Cell> {
  readonly bind: (labels: Labels) => Cell
  /** In ascending order of the label values. */
  readonly series: () => Series<Cell>[]
}

function seriesTable<Cell>(metric: MetricDeclaration, create: () => Cell): SeriesTable<Cell> {
  // The key is the JSON text of the values in the order of the label names, which no two label sets share.
  const table = new Map<string, Series<Cell>>()
  return {
    bind: (given) => {
      const labels = boundLabels(metric, given)
      const key = JSON.stringify(Object.values(labels))
      const known = table.get(key)
      if (known !== undefined) return known.cell
      if (table.size >= MAX_SERIES_PER_METRIC) {
        const message = `bind metric ${metric.id}: it has ${MAX_SERIES_PER_METRIC} series already, use labels with fewer values`
        throw new ObsError('invalid_labels', message)
      }
      const cell = create()
      table.set(key, { labels, cell })
      return cell
    },
    series: () => [...table.values()].toSorted((one, other) => byValues(one.labels, other.labels)),
  }
}

function byValues(one: Labels, other: Labels): number {
  const others = Object.values(other)
  for (const [at, value] of Object.values(one).entries()) {
    const order = byCodePoint(value, others[at] ?? '')
    if (order !== 0) return order
  }
  return 0
}
