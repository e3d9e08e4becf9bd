import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { changeText, contractChanges, readRecordedContracts, staleContracts } from '../../src/format/index.ts'

const profile = {
  schema_version: 'x07.arch.msg.amqp.profile@0.1.0',
  id: 'p',
  v: 1,
  host: '127.0.0.1',
  port: 5672,
  vhost: '/',
  limits: { max_body_bytes: 10, prefetch_count: 100, max_poll_items: 5 },
}
const topology = {
  schema_version: 'x07.arch.msg.amqp.topology@0.1.0',
  id: 't',
  v: 1,
  exchanges: [{ name: 'x', type: 'topic' }],
  queues: [{ name: 'q' }],
  bindings: [],
}

describe('contracts compared with those of a recording', () => {
  test.for([
    ['the same', profile, []],
    ['another host, port, version and login', { ...profile, host: 'b', port: 1, v: 2, auth: {} }, []],
    [
      'another prefetch',
      { ...profile, limits: { ...profile.limits, prefetch_count: 1 } },
      ['limits.prefetch_count was 100 and is 1'],
    ],
    ['another vhost', { ...profile, vhost: 'v' }, ['vhost was "/" and is "v"']],
    [
      'a limit less',
      { ...profile, limits: { max_body_bytes: 10, prefetch_count: 100 } },
      ['limits.max_poll_items was 5 and is absent'],
    ],
  ] as const)('%s', ([, now, changes]) => {
    const found = contractChanges({ 'a.json': profile }, { 'a.json': now })
    expect(found.map(changeText)).toEqual(changes.map((change) => `a.json: ${change}`))
  })

  test('name every field, of every file that the recording names and of no other', () => {
    const recorded = { 'p.json': profile, 't.json': topology }
    const now = {
      't.json': { ...topology, exchanges: [{ name: 'x', type: 'fanout' }], queues: [{ name: 'q' }, { name: 'r' }] },
      'other.json': {},
    }
    expect(contractChanges(recorded, now).map(changeText)).toEqual([
      'p.json is gone',
      't.json: exchanges[0].type was "topic" and is "fanout"',
      't.json: queues[1] was absent and is {"name":"r"}',
    ])
  })

  test('are not known where the seal says nothing, or nonsense', () => {
    for (const recorded of [undefined, null, 'x', []]) expect(contractChanges(recorded, {})).toEqual([])
  })

  test('are read from regular files alone', () => {
    const root = mkdtempSync(join(tmpdir(), 'contracts-'))
    try {
      mkdirSync(join(root, 'arch'))
      writeFileSync(join(root, 'arch/a.json'), JSON.stringify(profile))
      writeFileSync(join(root, 'a.json'), '{}')
      writeFileSync(join(root, 'arch/b.json'), '{')
      symlinkSync('/dev/zero', join(root, 'arch/c.json'))
      expect(
        readRecordedContracts(root, ['arch/a.json', 'arch/b.json', 'arch/c.json', 'arch/d.json', 'arch/../a.json']),
      ).toEqual({
        // Where the broker is says nothing of the tape.
        'arch/a.json': { schema_version: profile.schema_version, id: 'p', vhost: '/', limits: profile.limits },
      })
      const recorded = { 'arch/a.json': { ...profile, vhost: 'v' }, 'arch/b.json': {}, 'a.json': { x: 1 }, name: {} }
      expect(staleContracts(root, recorded).map(changeText)).toEqual([
        'arch/a.json: vhost was "v" and is "/"',
        'arch/b.json is gone',
      ])
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  test('are those that an index names now, wherever they are', () => {
    const root = mkdtempSync(join(tmpdir(), 'contracts-'))
    const write = (file: string, value: unknown): void => {
      mkdirSync(dirname(join(root, file)), { recursive: true })
      writeFileSync(join(root, file), JSON.stringify(value))
    }
    const sanitizer = { schema_version: 'x07.arch.rr.sanitize@0.1.0', id: 's', v: 1, redact_headers: ['x-a'] }
    const policy = { schema_version: 'x07.arch.rr.policy@0.1.0', id: 'rr', v: 1, match_mode: 'lookup_v1' }
    const registry = { schema_version: 'x07.obs.metrics.registry@0.1.0', id: 'm', v: 1, metrics: [] }
    const recorded = {
      'arch/t.json': topology,
      'arch/s.json': sanitizer,
      'arch/rr.json': policy,
      'arch/m.json': registry,
    }
    try {
      for (const [file, document] of Object.entries(recorded)) write(file, document)
      const amqp = (path: string) => ({
        topologies: [
          { id: 'other', path: 'arch/x.json' },
          { id: 't', path },
        ],
      })
      const rr = (path: string) => ({ policies: [{ id: 'rr', policy_path: 'arch/rr.json', sanitize_path: path }] })
      write('arch/msg/amqp/index.x07amqp.json', amqp('arch/t.json'))
      write('arch/rr/index.x07rr.json', rr('arch/s.json'))
      write('arch/obs/index.x07obs.json', { metrics_registry_path: 'arch/m.json' })
      expect(staleContracts(root, recorded)).toEqual([])

      // As a change does that leaves every recorded file as it was.
      write('arch/t2.json', { ...topology, queues: [] })
      write('arch/msg/amqp/index.x07amqp.json', amqp('arch/t2.json'))
      write('arch/none.json', { ...sanitizer, id: 'none', redact_headers: [] })
      write('arch/rr/index.x07rr.json', rr('arch/none.json'))
      write('arch/obs/index.x07obs.json', { metrics_registry_path: 'arch/gone.json' })
      expect(staleContracts(root, recorded).map(changeText)).toEqual([
        'arch/t2.json: queues[0] was {"name":"q"} and is absent',
        'arch/none.json: id was "s" and is "none"',
        'arch/none.json: redact_headers[0] was "x-a" and is absent',
        'arch/gone.json is gone',
      ])
      // The same elsewhere is no other.
      write('arch/t3.json', topology)
      write('arch/msg/amqp/index.x07amqp.json', amqp('arch/t3.json'))
      expect(staleContracts(root, { 'arch/t.json': topology })).toEqual([])
    } finally {
      rmSync(root, { recursive: true })
    }
  })
})
