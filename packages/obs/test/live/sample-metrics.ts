import { readFileSync } from 'node:fs'
import { createMetrics, type MetricsSnapshot } from '../../src/index.ts'
import { delay, depth, orders, registryDocument, size } from '../registry-document.ts'

/** One metric of each kind with labels and amounts that readers stumble over. */
export function awkwardMetrics(): MetricsSnapshot {
  const help = 'Back\\slash, "quotes",\nlines, \\n, é and 😀, {braces} # and a comma.'
  const metrics = createMetrics(
    registryDocument({ ...orders, help }, { ...delay, labels: ['kind'] }, { ...depth, labels: ['kind'] }, size),
  )
  for (const kind of ['\\', '"', '\n', '\\n', 'é 😀', '{a="b"} 1', '# EOF', ',', ' ', '\t']) {
    metrics.counter('orders_total', { region: 'eu', kind }).inc(Number.MAX_SAFE_INTEGER)
    metrics.histogram('delay_seconds', { kind }).observe(1_500)
  }
  for (const value of [0, -0, 1, -2.5, 1e-7, 123_456_789, 1e21, 5e-324, Number.MAX_VALUE]) {
    metrics.gauge('queue_depth', { kind: String(value) }).set(value)
  }
  for (const bytes of [0, 1, 1024, 1025, 5_000_000]) metrics.histogram('order_size_bytes').observe(bytes)
  return metrics.snapshot()
}

/** The metrics that this repository pins, after a short run. */
export function labMetrics(): MetricsSnapshot {
  const path = new URL('../../../../arch/obs/metrics/registry.x07metrics.json', import.meta.url)
  const metrics = createMetrics(JSON.parse(readFileSync(path, 'utf8')))
  for (let ticks = 50; ticks < 20_000_000; ticks *= 3) {
    metrics.counter('lab_messages_produced_total').inc()
    metrics.counter('lab_messages_consumed_total', { outcome: ticks % 2 === 0 ? 'ack' : 'reject' }).inc()
    metrics.counter('lab_payload_bytes_total', { direction: 'produced' }).inc(ticks)
    metrics.histogram('lab_publish_confirm_latency_seconds').observe(ticks)
    metrics.histogram('lab_processing_latency_seconds').observe(ticks + 1)
  }
  return metrics.snapshot()
}
