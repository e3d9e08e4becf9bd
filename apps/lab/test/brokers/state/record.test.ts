import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

import { brokerFolder, downloadFolder } from '../../../src/brokers/state/folders.ts'
import { type BrokerRecord, readRecord, removeRecord, writeRecord } from '../../../src/brokers/state/record.ts'

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-record-'))
})
afterEach(() => rm(folder, { recursive: true }))

const record: BrokerRecord = {
  schema: 1,
  kind: 'amqp',
  way: 'rabbitmq-server',
  port: 5672,
  phase: 'ready',
  version: '3.10.8',
  logFolder: '/somewhere/log',
  processes: [{ pid: 4711, started: 'boot/1' }],
}

test('a record that was written is read back, until it is removed', async () => {
  expect(await readRecord(folder)).toBe(undefined)
  await writeRecord(folder, { ...record, phase: 'starting' })
  await writeRecord(folder, record)
  expect(await readRecord(folder)).toEqual(record)
  expect(await readdir(folder)).toEqual(['broker.json'])
  await removeRecord(folder)
  expect(await readRecord(folder)).toBe(undefined)
})

test.each([
  ['no JSON', '{'],
  ['another schema', { ...record, schema: 2 }],
  ['an unknown way', { ...record, way: 'magic' }],
  ['a process that is everybody', { ...record, processes: [{ pid: -1, started: 'x' }] }],
  ['a process without a start', { ...record, processes: [{ pid: 4711 }] }],
  ['no list of processes', { ...record, processes: 4711 }],
])('a file with %s is no record, so nothing is signalled because of it', async (_, value) => {
  await writeFile(join(folder, 'broker.json'), typeof value === 'string' ? value : JSON.stringify(value))
  expect(await readRecord(folder)).toBe(undefined)
})

test.each([
  [{ HOME: '/h' }, {}, '/h/.local/state/x07-lab/brokers/kafka-9092', '/h/.cache/x07-lab'],
  [{ HOME: '/h', XDG_STATE_HOME: '/s', XDG_CACHE_HOME: '/c' }, {}, '/s/x07-lab/brokers/kafka-9092', '/c/x07-lab'],
  [
    { HOME: '/h', XDG_STATE_HOME: 's', XDG_CACHE_HOME: '' },
    {},
    '/h/.local/state/x07-lab/brokers/kafka-9092',
    '/h/.cache/x07-lab',
  ],
  [
    { HOME: '/h', XDG_STATE_HOME: '/s' },
    { stateFolder: '/own', cacheFolder: '/mine' },
    '/own/brokers/kafka-9092',
    '/mine',
  ],
])('folders follow the XDG base directories: %j with %j', (env, settings, state, cache) => {
  expect([brokerFolder('kafka', 9092, env, settings), downloadFolder(env, settings)]).toEqual([state, cache])
})
