import { register as globalRegister, Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { createMetrics } from '../../src/index.ts'
import { liveRegistry } from '../../src/live/index.ts'
import { delay, depth, orders, registryDocument } from '../registry-document.ts'

const create = () => createMetrics(registryDocument(orders, depth, { ...delay, labels: ['kind'] }))

test('a scrape of a live registry shows what was counted up to then', async () => {
  const metrics = create()
  metrics.counter('orders_total', { region: 'eu', kind: 'new' }).inc(3)
  metrics.gauge('queue_depth').set(1.5)
  metrics.histogram('delay_seconds', { kind: 'x' }).observe(5000)
  expect(await liveRegistry(metrics).metrics()).toBe(`# HELP delay_seconds Time to serve an order.
# TYPE delay_seconds histogram
delay_seconds_bucket{kind="x",le="1e-05"} 0
delay_seconds_bucket{kind="x",le="0.005"} 1
delay_seconds_bucket{kind="x",le="1.0"} 1
delay_seconds_bucket{kind="x",le="10.0"} 1
delay_seconds_bucket{kind="x",le="+Inf"} 1
delay_seconds_sum{kind="x"} 0.005
delay_seconds_count{kind="x"} 1

# HELP orders_total Orders.
# TYPE orders_total counter
orders_total{kind="new",region="eu"} 3

# HELP queue_depth Orders that wait.
# TYPE queue_depth gauge
queue_depth 1.5
`)
  metrics.counter('orders_total', { region: 'eu', kind: 'new' }).inc()
  expect(await liveRegistry(metrics).metrics()).toContain('orders_total{kind="new",region="eu"} 4\n')
})

test('a counter keeps its name when the content type goes to OpenMetrics and back', async () => {
  const metrics = create()
  metrics.counter('orders_total', { region: 'eu', kind: 'new' }).inc()
  const live = liveRegistry(metrics)
  const register: { setContentType(type: string): void } = live
  const lines = async () => (await live.metrics()).split('\n').filter((line) => line.includes('orders'))
  const plain = ['# HELP orders_total Orders.', '# TYPE orders_total counter', 'orders_total{kind="new",region="eu"} 1']
  expect(await lines()).toEqual(plain)
  register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE)
  expect(await lines()).toEqual(['# HELP orders Orders.', '# TYPE orders counter', plain[2]])
  register.setContentType(Registry.PROMETHEUS_CONTENT_TYPE)
  expect(await lines()).toEqual(plain)
})

test('two sets of metrics share nothing, and leave the global register alone', async () => {
  const [one, other] = [create(), create()]
  one.gauge('queue_depth').set(1)
  expect(await liveRegistry(other).metrics()).toContain('queue_depth 0\n')
  expect(globalRegister.getMetricsAsArray()).toEqual([])
})
