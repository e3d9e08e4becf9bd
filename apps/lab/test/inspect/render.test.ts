import { encodeEnvelope } from '@x07-lab/msg-core'
import { encodeRecord } from '@x07-lab/msg-core/format'
import { expect, test } from 'vitest'
import { sizeOf, type EntryView } from '../../src/inspect/entry-view.ts'
import { entryLine } from '../../src/inspect/render.ts'

function published(value: Uint8Array | null): EntryView {
  const message = { topic: 'orders', key: null, value, headers: [] }
  const req = encodeEnvelope(message)
  const none = Buffer.of()
  const resp = encodeRecord({ opTag: 1, driverKind: 2, endpoint: none, envelope: req, ackTag: 1, ack: none })
  return {
    entry: 7,
    kind: 'publish',
    op: 'kafka.publish_env',
    lane: 'local',
    outcome: 'confirmed',
    message,
    metadata: {},
    reason: undefined,
    begin: 0,
    ticks: 1,
    bytes: 100,
    raw: { kind: none, op: none, key: none, req, resp, err: 0, latencyTicks: 1 } as unknown as EntryView['raw'],
  }
}

test.for([
  [null, '0 B  confirmed  (null)'],
  [Buffer.of(), '0 B  confirmed  (empty)'],
  [Buffer.from('abc'), '3 B  confirmed  abc'],
] as const)('a message has the size of its value, and a null one none: %s', ([value, told]) => {
  expect(entryLine(published(value), 200)).toContain(told)
  expect(sizeOf(published(value))).toBe(value?.length ?? 0)
})
