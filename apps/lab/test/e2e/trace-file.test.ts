import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

interface Span {
  readonly traceId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly events?: readonly { readonly name: string }[]
}

function spansOf(trace: Buffer): readonly Span[] {
  const { resourceSpans } = JSON.parse(trace.toString()) as {
    resourceSpans: { scopeSpans: { spans: Span[] }[] }[]
  }
  return resourceSpans[0]?.scopeSpans[0]?.spans ?? []
}

test('a recording and its replay write the same trace beside their results', async () => {
  using project = createProject()
  expect(await project.lab(['record', '--driver', 'memory', '--messages', '7'])).toMatchObject({ code: 0 })
  expect(await project.lab(['replay'])).toMatchObject({ code: 0 })
  const recorded = project.read('out/os_record/trace.json')
  expect(spansOf(recorded)).toHaveLength(3 * 7)
  expect(project.read('out/rr_replay/trace.json').equals(recorded)).toBe(true)
})

test('the trace of a replay that diverged says where', async () => {
  using project = createProject()
  await project.lab(['record', '--driver', 'memory', '--messages', '3'])
  expect(await project.lab(['replay', '--seed', '2'])).toMatchObject({ code: 1 })
  const events = spansOf(project.read('out/rr_replay/trace.json')).flatMap(({ name, events: of = [] }) =>
    of.map((event) => `${event.name} at ${name}`),
  )
  expect(events).toContain('divergence at publish lab.events')
})

test('a traceparent that messages carry is the parent of their spans', async () => {
  using project = createProject()
  const headers = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' }
  const message = { topic: 't', key: null, value: 'v', headers: Object.entries(headers) }
  project.write('in.ndjson', `${JSON.stringify(message)}\n`)
  expect(await project.lab(['cassette', 'import', 'in.ndjson', '--cassette', 'in'])).toMatchObject({ code: 0 })
  expect(await project.lab(['replay', '--cassette', 'in'])).toMatchObject({ code: 0 })
  const spans = spansOf(project.read('out/rr_replay/trace.json'))
  expect(spans.length).toBeGreaterThan(0)
  for (const { traceId, parentSpanId, name } of spans) {
    expect(traceId).toBe('4bf92f3577b34da6a3ce929d0e0e4736')
    if (!name.startsWith('ack')) expect(parentSpanId).toBe('00f067aa0ba902b7')
  }
})
