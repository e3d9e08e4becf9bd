import { encodeEntry } from '@x07-lab/msg-core/format'
import { describe, expect, it } from 'vitest'
import { BASES } from '../fixtures/bases.ts'
import { writeProject } from '../fixtures/project.ts'

const CASSETTE = '.x07_rr/orders.rrbin'
const LOCK = '.x07_rr/cassettes.lock.json'
const POINTER = '/cassettes/.x07_rr~1orders.rrbin'

describe('the lock of the cassettes', () => {
  it.each<[string, string | number, string]>([
    ['entries', 77777, 'entries is 0, the pin says 77777'],
    ['bytes', 77777, 'bytes is 0, the pin says 77777'],
    ['rr_policy_id', 'other', 'rr_policy_id is null, the pin says "other"'],
    ['contracts_lock_sha256', 'ab', 'contracts_lock_sha256 is null, the pin says "ab"'],
  ])('is held to what the cassette says where its %s was changed by hand', async (name, value, message) => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: CASSETTE, text: '' }])
    await project.lock()
    project.edit([{ path: LOCK, set: `${POINTER}/${name}`, value }])
    const { findings } = await project.check()
    const errors = findings.filter(({ severity }) => severity === 'error')
    expect(errors).toMatchObject([
      {
        code: 'E_ARCH_CASSETTES_LOCK_INVALID',
        message: `compare ${CASSETTE} with its pin: ${message}; run with --write-lock to make it anew`,
        at: { file: LOCK, ...project.find(LOCK, JSON.stringify(value)) },
      },
    ])
    await project.lock()
    expect((await project.check()).findings).toEqual([])
  })

  it('does not pin a recording that was interrupted or cut, whatever it is called', async () => {
    using project = writeProject(BASES.bare)
    const begun = encodeEntry({ kind: 'rr', op: 'o', key: 'k', req: new Uint8Array(), resp: new Uint8Array(), seq: 0 })
    project.edit([{ path: CASSETTE, text: Buffer.concat([Buffer.from([begun.length, 0, 0, 0]), begun]) }])
    const { findings, locks } = await project.check({ writeLock: true })
    expect(findings).toMatchObject([
      {
        code: 'E_ARCH_CASSETTE_DAMAGED',
        severity: 'error',
        message: `read cassette "${CASSETTE}": it has no seal, so that it was cut short or its recording never ended; restore it, or record it again`,
      },
    ])
    expect(locks.filter(({ text }) => text.includes(CASSETTE))).toEqual([])
  })

  it('does not pin a cassette that is a link out of the repository', async () => {
    using project = writeProject(BASES.bare)
    project.edit([
      { path: CASSETTE, text: '' },
      { path: CASSETTE, linkOut: true },
    ])
    expect((await project.check({ writeLock: true })).findings).toMatchObject([
      { code: 'E_ARCH_PATH_OUTSIDE_REPO', severity: 'error', at: { file: CASSETTE } },
    ])
  })

  it.each([
    ['{"schema_version": "x07.lab.cassettes.lock@0.2.0", "cassettes": {}}', 20],
    ['{"schema_version": "x07.lab.cassettes.lock@0.1.0", "cassettes": []}', 65],
    ['{"schema_version": "x07.lab.cassettes.lock@0.1.0"}', 1],
    ['{"schema_version": "x07.lab.cassettes.lock@0.1.0", "cassettes": {"a/b~c.rrbin": 1}}', 81],
    ['[]', 1],
  ])('is invalid where it reads %s, and says where', async (content, col) => {
    using project = writeProject(BASES.bare)
    await project.lock()
    project.edit([{ path: LOCK, text: content }])
    expect((await project.check()).findings).toMatchObject([
      { code: 'E_ARCH_CASSETTES_LOCK_INVALID', at: { file: LOCK, line: 1, col } },
    ])
  })
})
