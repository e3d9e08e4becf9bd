/** A registry with one metric of each kind, and members replaced as a test needs it. */
export function registryDocument(...metrics: object[]): object {
  return { schema_version: 'x07.obs.metrics.registry@0.1.0', id: 'test_v1', v: 1, metrics }
}

export const orders = {
  id: 'orders_total',
  type: 'counter_u64_v1',
  help: 'Orders.',
  unit: '',
  labels: ['region', 'kind'],
}
export const depth = { id: 'queue_depth', type: 'gauge_f64_v1', help: 'Orders that wait.', unit: '', labels: [] }
export const delay = {
  id: 'delay_seconds',
  type: 'histogram_f64_v1',
  help: 'Time to serve an order.',
  unit: 'seconds',
  labels: [],
  histogram_buckets: [0.00001, 0.005, 1, 10],
}
export const size = {
  id: 'order_size_bytes',
  type: 'histogram_f64_v1',
  help: 'Bytes of an order.',
  unit: 'bytes',
  labels: [],
  histogram_buckets: [0, 1024, 1_048_576],
}
