import { createMetrics, renderOpenMetrics, writeReport } from '@x07-lab/obs'

const metrics = createMetrics({
  schema_version: 'x07.obs.metrics.registry@0.1.0',
  id: 'shop_v1',
  v: 1,
  metrics: [
    { id: 'orders_total', type: 'counter_u64_v1', help: 'Orders, by outcome.', unit: '', labels: ['outcome'] },
    {
      id: 'order_seconds',
      type: 'histogram_f64_v1',
      help: 'Time to serve an order.',
      unit: 'seconds',
      labels: [],
      histogram_buckets: [0.001, 0.1],
    },
  ],
})

// Bind once, count often.
const served = metrics.counter('orders_total', { outcome: 'served' })
const duration = metrics.histogram('order_seconds')
served.inc()
duration.observe(2_500) // microseconds

const snapshot = metrics.snapshot()
export const text = renderOpenMetrics(snapshot)
export const report = writeReport({
  schema_version: 'x07.lab.report@0.1.0',
  inputs: { seed: 7 },
  aggregate: { orders: 1 },
  metrics: snapshot,
})
