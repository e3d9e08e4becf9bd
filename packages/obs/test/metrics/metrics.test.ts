import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMetrics, type Labels, MAX_SERIES_PER_METRIC, renderOpenMetrics } from '../../src/index.ts'
import { delay, depth, orders, registryDocument, size } from '../registry-document.ts'

const create = () => createMetrics(registryDocument(orders, depth, delay, size))
const here = { region: 'eu', kind: 'new' }

describe('asking for an instrument', () => {
  test('gives the same one for the same labels, in whatever order they are given', () => {
    const metrics = create()
    expect(metrics.counter('orders_total', here)).toBe(metrics.counter('orders_total', { kind: 'new', region: 'eu' }))
    expect(metrics.counter('orders_total', here)).not.toBe(metrics.counter('orders_total', { ...here, kind: 'old' }))
  })

  test('tells label values apart that would look the same side by side', () => {
    const metrics = create()
    const one = metrics.counter('orders_total', { region: 'a","b', kind: 'c' })
    expect(metrics.counter('orders_total', { region: 'a', kind: '","bc' })).not.toBe(one)
  })

  test('refuses an id that the registry does not declare', () => {
    expect(() => create().counter('order_total')).toThrow(
      expect.objectContaining({
        code: 'unknown_metric',
        message:
          'bind metric "order_total": the registry does not declare it, it declares orders_total, queue_depth, delay_seconds, order_size_bytes',
      }),
    )
  })

  test.for<[string, (metrics: ReturnType<typeof create>) => unknown, string]>([
    [
      'counter',
      (metrics) => metrics.counter('queue_depth'),
      'bind metric queue_depth: the registry declares it as gauge_f64_v1, not as counter_u64_v1',
    ],
    [
      'gauge',
      (metrics) => metrics.gauge('delay_seconds'),
      'bind metric delay_seconds: the registry declares it as histogram_f64_v1, not as gauge_f64_v1',
    ],
    [
      'histogram',
      (metrics) => metrics.histogram('orders_total'),
      'bind metric orders_total: the registry declares it as counter_u64_v1, not as histogram_f64_v1',
    ],
  ])('refuses a %s that is declared as something else', ([, ask, message]) => {
    expect(() => ask(create())).toThrow(expect.objectContaining({ code: 'wrong_type', message }))
  })

  test.for<[string, Labels, string]>([
    [
      'an undeclared label',
      { ...here, color: 'red' },
      'the registry declares no label "color", it declares region, kind',
    ],
    ['a missing label', { region: 'eu' }, 'label kind needs a text'],
    [
      'a lone surrogate',
      { ...here, kind: '\ud800' },
      'the value of label kind holds half of a surrogate pair, which has no UTF-8 form',
    ],
    [
      'a carriage return',
      { ...here, kind: '\r' },
      'the value of label kind holds a carriage return, for which OpenMetrics has no escape',
    ],
  ])('refuses %s', ([, labels, reason]) => {
    expect(() => create().counter('orders_total', labels)).toThrow(
      expect.objectContaining({ code: 'invalid_labels', message: `bind metric orders_total: ${reason}` }),
    )
  })

  test('refuses a label on a metric that declares none', () => {
    expect(() => create().gauge('queue_depth', here)).toThrow(
      'bind metric queue_depth: the registry declares no label "region", it declares none',
    )
  })

  test('refuses more series than a label should give, and still serves those that are there', () => {
    const metrics = create()
    for (let at = 0; at < MAX_SERIES_PER_METRIC; at += 1) metrics.counter('orders_total', { ...here, kind: String(at) })
    expect(() => metrics.counter('orders_total', here)).toThrow(
      expect.objectContaining({
        code: 'invalid_labels',
        message: 'bind metric orders_total: it has 10000 series already, use labels with fewer values',
      }),
    )
    metrics.counter('orders_total', { ...here, kind: '9999' }).inc()
  })
})

function valueAfter(...amounts: number[]) {
  const metrics = create()
  for (const amount of amounts) metrics.counter('orders_total', here).inc(amount)
  return metrics.snapshot().families.find(({ name }) => name === 'orders')?.series
}

describe('a counter', () => {
  test('adds one by default', () => {
    const metrics = create()
    metrics.counter('orders_total', here).inc()
    metrics.counter('orders_total', here).inc()
    expect(metrics.snapshot().families[2]?.series).toEqual([{ labels: here, value: 2n }])
  })

  test('stays exact beyond 2^53', () => {
    const most = Number.MAX_SAFE_INTEGER
    expect(valueAfter(most, 1, most, 1, most)).toEqual([{ labels: here, value: 3n * BigInt(most) + 2n }])
  })

  test.for([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('refuses to add %d', (amount) => {
    const hint = amount > 0 ? ', round it first' : ''
    expect(() => valueAfter(amount)).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        message: `add to metric orders_total: ${amount} is not a whole number from 0 to 2^53 - 1${hint}`,
      }),
    )
  })
})

describe('a gauge', () => {
  test('is 0 until it is set, and then the last value', () => {
    const metrics = create()
    const read = () => metrics.snapshot().families.find(({ name }) => name === 'queue_depth')?.series
    expect(read()).toEqual([{ labels: {}, value: 0 }])
    metrics.gauge('queue_depth').set(7)
    metrics.gauge('queue_depth').set(-2.5)
    expect(read()).toEqual([{ labels: {}, value: -2.5 }])
  })

  test.for([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (value) => {
    expect(() => create().gauge('queue_depth').set(value)).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        message: `set metric queue_depth: ${value} is not a finite number`,
      }),
    )
  })
})

describe('a histogram', () => {
  test('counts an observation on a bound in that bucket, and one above in the next', () => {
    const metrics = create()
    for (const ticks of [0, 10, 11, 5000, 5001, 10_000_000, 10_000_001])
      metrics.histogram('delay_seconds').observe(ticks)
    expect(metrics.snapshot().families[0]?.series).toEqual([
      {
        labels: {},
        buckets: [
          { le: '1e-05', count: 2n },
          { le: '0.005', count: 4n },
          { le: '1.0', count: 5n },
          { le: '10.0', count: 6n },
          { le: '+Inf', count: 7n },
        ],
        sum: '20.010023',
        count: 7n,
      },
    ])
  })

  test('counts whole units where the unit is not seconds', () => {
    const metrics = create()
    for (const bytes of [0, 1024, 1025, 2_000_000]) metrics.histogram('order_size_bytes').observe(bytes)
    expect(metrics.snapshot().families[1]?.series).toEqual([
      {
        labels: {},
        buckets: [
          { le: '0.0', count: 1n },
          { le: '1024.0', count: 2n },
          { le: '1.048576e+06', count: 3n },
          { le: '+Inf', count: 4n },
        ],
        sum: '2002049',
        count: 4n,
      },
    ])
  })

  test('refuses half a microsecond', () => {
    expect(() => create().histogram('delay_seconds').observe(0.5)).toThrow(
      expect.objectContaining({
        code: 'invalid_value',
        message: 'observe in metric delay_seconds: 0.5 is not a whole number from 0 to 2^53 - 1, round it first',
      }),
    )
  })

  test('has the same text and the exact sum in whatever order it observes', () => {
    const ticks = fc.oneof(fc.integer({ min: 0, max: 20_000_000 }), fc.maxSafeNat())
    fc.assert(
      fc.property(
        fc
          .array(ticks, { minLength: 1 })
          .chain((all) => fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length }))),
        ([all, shuffled]) => {
          const [one, other] = [create(), create()]
          for (const each of all) one.histogram('delay_seconds').observe(each)
          for (const each of shuffled) other.histogram('delay_seconds').observe(each)
          expect(renderOpenMetrics(one.snapshot())).toBe(renderOpenMetrics(other.snapshot()))
          const series = one.snapshot().families[0]?.series[0]
          const sum = series !== undefined && 'sum' in series ? series.sum : ''
          const [whole = '', fraction = ''] = sum.split('.')
          expect(BigInt(whole + fraction.padEnd(6, '0'))).toBe(all.reduce((total, each) => total + BigInt(each), 0n))
        },
      ),
    )
  })
})

describe('a snapshot', () => {
  test('has families by name and series by label values in code point order, whatever came first', () => {
    const metrics = create()
    for (const kind of ['b', '\u{1f600}', 'a', '\ufb33']) metrics.counter('orders_total', { region: 'eu', kind })
    const { families } = metrics.snapshot()
    expect(families.map(({ name }) => name)).toEqual(['delay_seconds', 'order_size_bytes', 'orders', 'queue_depth'])
    expect(families[2]?.series.map(({ labels }) => Object.entries(labels).flat().join(' '))).toEqual([
      'kind a region eu',
      'kind b region eu',
      'kind \ufb33 region eu',
      'kind \u{1f600} region eu',
    ])
  })

  test('does not change when counting goes on', () => {
    const metrics = create()
    const before = metrics.snapshot()
    metrics.histogram('delay_seconds').observe(1)
    expect(renderOpenMetrics(before)).toContain('delay_seconds_count 0\n')
    expect(renderOpenMetrics(metrics.snapshot())).toContain('delay_seconds_count 1\n')
  })
})
