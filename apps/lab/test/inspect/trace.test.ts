import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { otlpTrace } from '../../src/inspect/trace.ts'

const cassette = join(import.meta.dirname, '..', '..', '..', '..', '.x07_rr', 'kafka-orders.rrbin')

interface Span {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: Record<string, unknown> }[]
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[]
}

function traced(): { readonly text: string; readonly spans: readonly Span[] } {
  using reader = openReader(cassette, { limits: NO_LIMITS })
  const text = [...otlpTrace(reader)].join('')
  const document = JSON.parse(text) as { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] }
  return { text, spans: document.resourceSpans[0]?.scopeSpans[0]?.spans ?? [] }
}

describe('the trace of a recording', () => {
  const { text, spans } = traced()

  test('has a span for each publish and delivery, and a settle below each delivery', () => {
    const names = new Map<string, number>()
    for (const { name } of spans) names.set(name, (names.get(name) ?? 0) + 1)
    expect(Object.fromEntries(names)).toEqual({
      'publish lab.events': 1_200,
      'process lab.events': 1_200,
      'ack lab.events': 1_200,
    })
    const ids = new Map(spans.map((span) => [span.spanId, span]))
    expect(ids.size).toBe(spans.length)
    for (const { name, parentSpanId = '' } of spans) {
      if (name.startsWith('ack')) expect(ids.get(parentSpanId)?.name).toBe('process lab.events')
    }
  })

  test('links each delivery to the publish that caused it, in one trace with it', () => {
    const publishes = new Map(spans.filter(({ kind }) => kind === 4).map((span) => [span.spanId, span]))
    for (const { kind, traceId, links } of spans) {
      if (kind !== 5) continue
      expect(links).toHaveLength(1)
      expect(publishes.get(links?.[0]?.spanId ?? '')?.traceId).toBe(traceId)
    }
  })

  test('ends nothing before it began, and lets no delivery begin before its publish', () => {
    const begin = new Map(spans.map(({ spanId, startTimeUnixNano }) => [spanId, BigInt(startTimeUnixNano)]))
    for (const { startTimeUnixNano, endTimeUnixNano, links = [] } of spans) {
      expect(BigInt(endTimeUnixNano) >= BigInt(startTimeUnixNano)).toBe(true)
      for (const { spanId } of links) expect((begin.get(spanId) ?? 0n) <= BigInt(startTimeUnixNano)).toBe(true)
    }
  })

  test('says what the conventions ask for', () => {
    const publish = spans.find(({ kind }) => kind === 4)
    expect(
      Object.fromEntries((publish?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]])),
    ).toEqual({
      'messaging.system': 'kafka',
      'messaging.destination.name': 'lab.events',
      'messaging.message.body.size': '254',
      'messaging.destination.partition.id': '2',
      'messaging.kafka.offset': '0',
      'messaging.kafka.message.key': 'customer-56',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
    })
  })

  test('is the same bytes every time', () => {
    expect(traced().text).toBe(text)
  })
})
