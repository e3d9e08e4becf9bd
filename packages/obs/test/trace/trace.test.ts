import { expect, test } from 'vitest'
import { createTracer, type Span } from '../../src/index.ts'

function traced() {
  const spans: Span[] = []
  let ticks = 100
  const tracer = createTracer({ now: () => (ticks += 5), sink: (span) => spans.push(span) })
  return { tracer, spans }
}

test('a span goes to the sink when it ends, with its ticks and its parent', () => {
  const { tracer, spans } = traced()
  const run = tracer.start('run', { driver: 'memory' })
  const publish = run.start('publish')
  publish.set('bytes', 12)
  publish.end('error')
  expect(spans).toEqual([
    { id: 2, parent: 1, name: 'publish', startTicks: 110, endTicks: 115, outcome: 'error', attributes: { bytes: 12 } },
  ])
  run.end()
  expect(spans[1]).toEqual({
    id: 1,
    name: 'run',
    startTicks: 105,
    endTicks: 120,
    outcome: 'ok',
    attributes: { driver: 'memory' },
  })
})

test('only the first end counts, and an ended span takes no attribute', () => {
  const { tracer, spans } = traced()
  const span = tracer.start('run')
  span.end()
  span.set('late', true)
  span.end('error')
  expect(spans).toEqual([{ id: 1, name: 'run', startTicks: 105, endTicks: 110, outcome: 'ok', attributes: {} }])
})
