import { describe, expect, it } from 'vitest'
import { BASES } from '../fixtures/bases.ts'
import { frame, sealed } from '../fixtures/cassette.ts'
import { writeProject } from '../fixtures/project.ts'

const CASSETTE = '.x07_rr/orders.rrbin'
const LOCK = '.x07_rr/cassettes.lock.json'
const POINTER = '/cassettes/.x07_rr~1orders.rrbin'

describe('the lock of the cassettes', () => {
  it.each<[string, string | number, string]>([
    ['entries', 77777, 'entries is 1, the pin says 77777'],
    ['bytes', 77777, `bytes is ${sealed().length}, the pin says 77777`],
    ['rr_policy_id', 'other', 'rr_policy_id is null, the pin says "other"'],
    ['contracts_lock_sha256', 'ab', 'contracts_lock_sha256 is null, the pin says "ab"'],
  ])('is held to what the cassette says where its %s was changed by hand', async (name, value, message) => {
    using project = writeProject(BASES.bare)
    project.edit([{ path: CASSETTE, text: sealed() }])
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

  it.each<[what: string, path: string, bytes: Uint8Array, code: string, message: string]>([
    [
      'was interrupted or cut',
      CASSETTE,
      frame({ kind: 'rr', op: 'o', key: 'k', req: new Uint8Array(), resp: new Uint8Array(), seq: 0 }),
      'E_ARCH_CASSETTE_UNSEALED',
      `look at ${CASSETTE}: it has no seal, so that it was cut short or its recording never ended; restore it, or record it again`,
    ],
    [
      'is called a partial one',
      '.x07_rr/a.partial.rrbin',
      sealed(),
      'E_ARCH_CASSETTE_UNSEALED',
      'look at .x07_rr/a.partial.rrbin: by its name it is a recording that did not end, or was refused; record it again, or delete it (lab cassette clean)',
    ],
    [
      'has no seal',
      CASSETTE,
      frame({ kind: 'rr', op: 'o', key: 'k', req: new Uint8Array(), resp: new Uint8Array() }),
      'E_ARCH_CASSETTE_UNSEALED',
      `look at ${CASSETTE}: it has no seal, so nothing says that it is whole; name it after --write-lock to pin it as it is`,
    ],
    [
      'has a seal of other bytes',
      CASSETTE,
      Buffer.concat([
        frame({ kind: 'rr', op: 'o', key: 'k', req: new Uint8Array(), resp: new Uint8Array() }),
        sealed(),
      ]),
      'E_ARCH_CASSETTE_UNSEALED',
      `look at ${CASSETTE}: the seal covers 0 entries, 1 are there; restore it, or record it again`,
    ],
    [
      'was recorded under other contracts',
      CASSETTE,
      sealed({ contracts: { 'arch/gone.json': {} } }),
      'E_ARCH_CASSETTE_STALE',
      `compare ${CASSETTE} with the contracts it was recorded under: arch/gone.json is gone; record it again, or take the change back`,
    ],
  ])('does not get a recording that %s', async (_what, path, bytes, code, message) => {
    using project = writeProject(BASES.bare)
    project.edit([{ path, text: bytes }])
    for (const pin of [[], code === 'E_ARCH_CASSETTE_UNSEALED' && message.includes('name it after') ? [] : [path]]) {
      const { findings, locks, pinned } = await project.check({ writeLock: true, pin })
      expect(findings[0]).toMatchObject({ code, severity: 'error', message })
      expect(locks.filter(({ text }) => text.includes(path))).toEqual([])
      expect(pinned).toEqual([])
    }
  })

  it('gets what is new, and what is named: a cassette that changed, and one of X07 without a seal', async () => {
    using project = writeProject(BASES.bare)
    const unsealed = frame({ kind: 'rr', op: 'o', key: 'k', req: new Uint8Array(), resp: new Uint8Array() })
    project.edit([{ path: CASSETTE, text: sealed() }])
    expect(await project.check({ writeLock: true })).toMatchObject({
      findings: [],
      pinned: [`pinned ${CASSETTE}: 1 entries, ${sealed().length} bytes`],
    })
    await project.lock()
    project.edit([
      { path: CASSETTE, text: sealed({ driver: { client: 'amqplib 2.3.1', broker: 'RabbitMQ 3.10.8' } }) },
      { path: '.x07_rr/x07.bin', text: unsealed },
    ])
    const { findings } = await project.check({ writeLock: true })
    expect(findings.map(({ code }) => code)).toEqual(['E_ARCH_CASSETTE_CHANGED', 'E_ARCH_CASSETTE_UNSEALED'])
    const named = await project.check({ writeLock: true, pin: ['orders.rrbin', '.x07_rr/x07.bin'] })
    expect(named).toMatchObject({
      findings: [],
      pinned: [
        expect.stringMatching(/^pinned \.x07_rr\/orders\.rrbin anew: .*, amqplib 2\.3\.1, RabbitMQ 3\.10\.8$/),
        expect.stringMatching(/^pinned \.x07_rr\/x07\.bin: .*, without a seal$/),
      ],
    })
    expect((await project.check({ writeLock: true, pin: ['none.rrbin'] })).findings).toContainEqual(
      expect.objectContaining({
        code: 'E_ARCH_CASSETTE_ORPHANED',
        message: 'pin .x07_rr/none.rrbin: there is no such cassette',
      }),
    )
  })

  it('says which field of which contract changed since, and passes over where the broker is', async () => {
    using project = writeProject(BASES.full)
    const file = 'arch/msg/amqp/profiles/shop_amqp.amqp_profile.json'
    const contracts = { [file]: JSON.parse(project.read(file)) }
    project.edit([{ path: CASSETTE, text: sealed({ contracts }) }])
    await project.lock()
    project.edit([
      { path: file, set: '/v', value: 7 },
      { path: file, set: '/limits/prefetch_count', value: 7 },
    ])
    await project.lock()
    const stale = (await project.check()).findings.filter(({ code }) => code === 'E_ARCH_CASSETTE_STALE')
    expect(stale).toMatchObject([{ data: { contract: file, field: 'limits.prefetch_count' } }])
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
