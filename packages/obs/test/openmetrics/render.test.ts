import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMetrics, type Labels, OPENMETRICS_CONTENT_TYPE, renderOpenMetrics } from '../../src/index.ts'
import { parseOpenMetrics } from '../../src/testing/index.ts'
import { delay, depth, orders, registryDocument } from '../registry-document.ts'

describe('OpenMetrics text', () => {
  test('is these bytes: TYPE, UNIT, HELP, samples with le last, and the end', () => {
    const metrics = createMetrics(registryDocument(orders, { ...delay, labels: ['kind', 'm'] }, depth))
    metrics.counter('orders_total', { region: 'us', kind: 'new' }).inc(2)
    metrics.counter('orders_total', { region: 'eu', kind: 'new' }).inc()
    metrics.gauge('queue_depth').set(1e6)
    metrics.histogram('delay_seconds', { kind: 'a', m: 'b' }).observe(1500)
    expect(renderOpenMetrics(metrics.snapshot())).toBe(`# TYPE delay_seconds histogram
# UNIT delay_seconds seconds
# HELP delay_seconds Time to serve an order.
delay_seconds_bucket{kind="a",m="b",le="1e-05"} 0
delay_seconds_bucket{kind="a",m="b",le="0.005"} 1
delay_seconds_bucket{kind="a",m="b",le="1.0"} 1
delay_seconds_bucket{kind="a",m="b",le="10.0"} 1
delay_seconds_bucket{kind="a",m="b",le="+Inf"} 1
delay_seconds_sum{kind="a",m="b"} 0.0015
delay_seconds_count{kind="a",m="b"} 1
# TYPE orders counter
# HELP orders Orders.
orders_total{kind="new",region="eu"} 1
orders_total{kind="new",region="us"} 2
# TYPE queue_depth gauge
# HELP queue_depth Orders that wait.
queue_depth 1e+06
# EOF
`)
  })

  test('of nothing is the end alone', () => {
    expect(renderOpenMetrics({ families: [] })).toBe('# EOF\n')
  })

  test('has the same bytes whatever order the registry, the labels and the events came in', () => {
    const one = createMetrics(registryDocument(orders, depth))
    one.counter('orders_total', { region: 'eu', kind: 'a' }).inc()
    one.counter('orders_total', { region: 'eu', kind: 'b' }).inc(2)
    const other = createMetrics(registryDocument(depth, { ...orders, labels: ['kind', 'region'] }))
    other.counter('orders_total', { kind: 'b', region: 'eu' }).inc(2)
    other.counter('orders_total', { region: 'eu', kind: 'a' }).inc()
    expect(renderOpenMetrics(one.snapshot())).toBe(renderOpenMetrics(other.snapshot()))
  })

  test('is served as OpenMetrics 1.0', () => {
    expect(OPENMETRICS_CONTENT_TYPE).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
  })
})

const key = (labels: Labels): string => JSON.stringify([labels['region'], labels['kind']])

test('help, label values and amounts come back from a strict reader as they went in', () => {
  const text = fc.string({
    unit: fc.oneof(
      // Any code point that is one; fast-check's own unit of them takes a second to make.
      fc
        .integer({ min: 0, max: 0x10_ffff })
        .filter((point) => point < 0xd800 || point > 0xdfff)
        .map((point) => String.fromCodePoint(point)),
      fc.constantFrom('\\', '"', '\n', '{', ',', '#', 'n'),
    ),
  })
  const printable = text.filter((value) => !value.includes('\r'))
  const series = fc.uniqueArray(fc.record({ region: printable, kind: printable }), {
    selector: ({ region, kind }) => JSON.stringify([region, kind]),
    maxLength: 6,
  })
  const help = printable.filter((value) => value !== '')
  fc.assert(
    fc.property(
      help,
      series,
      fc.maxSafeNat(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      (words, all, amount, level) => {
        const document = registryDocument({ ...orders, help: words }, { ...delay, labels: ['region', 'kind'] }, depth)
        const metrics = createMetrics(document)
        for (const labels of all) {
          metrics.counter('orders_total', labels).inc(amount)
          metrics.histogram('delay_seconds', labels).observe(amount)
        }
        metrics.gauge('queue_depth').set(level)
        const families = parseOpenMetrics(new TextEncoder().encode(renderOpenMetrics(metrics.snapshot())))
        const [histogram, counter, gauge] = families
        expect(families.map(({ name, type, unit }) => [name, type, unit])).toEqual([
          ['delay_seconds', 'histogram', 'seconds'],
          ['orders', 'counter', ''],
          ['queue_depth', 'gauge', ''],
        ])
        expect(counter?.help).toBe(words)
        const got = (counter?.samples ?? []).map((sample) => `${key(Object.fromEntries(sample.labels))} ${sample.text}`)
        expect(got.toSorted()).toEqual(all.map((labels) => `${key(labels)} ${amount}`).toSorted())
        expect(histogram?.samples).toHaveLength(all.length * 7)
        expect(gauge?.samples.map(({ value }) => value)).toEqual([level === 0 ? 0 : level])
      },
    ),
  )
})
