import { execFileSync } from 'node:child_process'
import { mkdirSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/index.ts'
import { BASES } from '../fixtures/bases.ts'
import { type Edit, writeProject } from '../fixtures/project.ts'

const RECORD = 'policy/record.policy.json'

async function findings(edits: Edit[]): Promise<string[]> {
  using project = writeProject(BASES.full)
  await project.lock()
  project.edit(edits)
  await project.lock()
  const result = await project.check()
  return result.findings.map(({ code, at, message }) => `${at?.file}:${at?.line}:${at?.col} ${code} ${message}`)
}

describe('the run-os policies of a repository', () => {
  it.each<[title: string, file: string, text: string, line: string]>([
    ['is not JSON', 'arch/policy/more.policy.json', '{\n"a" 1}', '2:5 E_ARCH_POLICY_INVALID read the policy'],
    ['is empty', 'policy/more.policy.json', '', '1:1 E_ARCH_POLICY_INVALID read the policy'],
    ['has no version', 'arch/policy/more.policy.json', '{}', '1:1 E_ARCH_POLICY_INVALID check'],
    ['has another version', RECORD, '{"schema_version": "x"}', '1:20 E_ARCH_POLICY_INVALID check'],
    ['is an array', RECORD, '[]', '1:1 E_ARCH_POLICY_INVALID check'],
  ])('are one finding where one %s, and nothing is said about what it may allow', async (_title, file, text, line) => {
    const found = await findings([{ path: file, text }])
    expect(found).toHaveLength(1)
    expect(found[0]).toContain(`${file}:${line} ${file}: `)
  })

  it('are told from other JSON files beside them by name or version', async () => {
    expect(await findings([{ path: 'policy/notes.json', text: '{"a": 1' }])).toEqual([])
    expect(await findings([{ path: 'policy/notes.json', text: '{"schema_version": "x07.run-os-policy@9"}' }])).toEqual([
      expect.stringContaining('policy/notes.json:1:20 E_ARCH_POLICY_INVALID'),
    ])
  })

  it('say nothing about addresses where there is none', async () => {
    expect(await findings([{ path: RECORD, delete: true }])).toEqual([])
  })
})

describe('a policy of the sandbox', () => {
  const SANDBOX = 'arch/policy/sandbox.policy.json'
  type Grant = [pointer: string, value: Json, message: string]

  async function after(pointer: string, value: Json, file = SANDBOX): Promise<string[]> {
    const { [SANDBOX]: policy, ...others } = BASES.own
    using project = writeProject({ ...others, [file]: policy })
    project.edit([{ path: file, set: pointer, value }])
    await project.lock()
    const { findings: found } = await project.check({ frozen: true })
    return found.map(({ code, message }) => `${code} ${message.replace(`check ${file}: `, '')}`)
  }

  it.each<Grant>([
    ['/fs/write_roots/0', '/', ' "/" is absolute, must be a path below the project'],
    ['/fs/write_roots/0', 'C:/x', ' "C:/x" is absolute, must be a path below the project'],
    ['/fs/write_roots/0', '.', ' "." holds an empty name, . or .., must be written plainly'],
    ['/fs/write_roots/0', 'out/../src', ' "out/../src" holds an empty name, . or .., must be written plainly'],
    ['/fs/write_roots/0', 'out/*', ' "out/*" holds one of ~ * ? [ ] { } $ % , ; | \\'],
    ['/fs/write_roots/0', '~', ' "~" holds one of ~ * ? [ ] { } $ % , ; | \\'],
    ['/fs/write_roots/0', 'out,src', ' "out,src" holds one of ~ * ? [ ] { } $ % , ; | \\'],
    ['/fs/write_roots/0', 'out\n', ' "out\\n" holds a control character'],
    ['/fs/write_roots/0', 'outside', ' "outside" is not .x07_rr or out, or a folder below'],
    ['/fs/write_roots/0', 'arch', ' "arch" is not .x07_rr or out, or a folder below'],
    ['/fs/read_roots/0', '/', ' "/" is absolute, must be a path below the project'],
    ['/fs/read_roots/0', '../other', ' "../other" holds an empty name, . or .., must be written plainly'],
    ['/fs/allow_symlinks', true, ' is true, must be false: a link leads out of the folders that are allowed'],
    ['/net/allow_dns', true, ' is true, must be false: addresses are written as such, a name can lead elsewhere'],
    ['/net/allow_udp', true, ' is true, must be false: brokers speak TCP'],
    ...['10.0.0.1', 'localhost', '0.0.0.0', '127.0.0.0/8', '127.0.0.1-10.0.0.1', '*'].map((host): Grant => [
      '/net/allow_hosts/0/host',
      host,
      ` "${host}" is not an address of the loopback interface, such as 127.0.0.1`,
    ]),
    ...['NODE_OPTIONS', 'node_options', 'NODE_EXTRA_CA_CERTS', 'LD_PRELOAD', 'OPENSSL_CONF', 'GITHUB_TOKEN', '*'].map(
      (key): Grant => [
        '/env/allow_keys/0',
        key,
        ` "${key}" must be one of X07_SECRET_…, TERM, NO_COLOR, FORCE_COLOR, COLUMNS, LINES, LANG, TZ, CI`,
      ],
    ),
    ['/process/enabled', true, ' is true, must be false: a run starts no process'],
    ['/process/allow_exec', true, ' is true, must be false: a run starts no process'],
    ['/process/allow_execs', ['/bin/sh'], ' is not empty, must be: a run starts no process'],
    ['/process/allow_env_keys', ['PATH'], ' is not empty, must be: a run starts no process'],
    ['/process/max_spawns', 1, ' is 1, must be 0: a run starts no process'],
    [
      '/language',
      { allow_unsafe: false, allow_ffi: true },
      '/allow_ffi is true, must be false: native code is not held by the sandbox',
    ],
    [
      '/threads',
      { enabled: true, max_workers: 1, max_blocking: 0, max_queue: 0 },
      '/max_workers is 1, must be at most 0: a recording starts no thread',
    ],
    [
      '/db',
      { enabled: true, drivers: { sqlite: true, postgres: false, mysql: false } },
      '/enabled is true, must be false: a run reaches no database',
    ],
    ['/limits/core_dumps', true, ' is true, must be false: a core dump holds the secrets of the run'],
  ])('may not have %s %j, even where the lock pins it', async (pointer, value, message) => {
    expect(await after(pointer, value)).toEqual([`E_ARCH_POLICY_TOO_WIDE ${pointer}${message}`])
  })

  it('of a replay writes results alone, and reaches nothing', async () => {
    expect(await after('/notes', '', 'arch/policy/rr_replay.policy.json')).toEqual(
      [
        '/env/allow_keys/0 "X07_SECRET_BROKER" must be one of TERM, NO_COLOR, FORCE_COLOR, COLUMNS, LINES, LANG, TZ, CI',
        '/fs/write_roots/0 ".x07_rr" is not out, or a folder below',
        '/net/allow_hosts/0 is listed, but a replay reaches nothing',
        '/net/allow_tcp is true, must be false: a replay reaches nothing',
        '/net/enabled is true, must be false: a replay reaches nothing',
      ].map((message) => `E_ARCH_POLICY_TOO_WIDE ${message}`),
    )
  })

  it.each(['.x07_rr', 'out'])('may not write through a link at %s', async (folder) => {
    using project = writeProject(BASES.own)
    mkdirSync(join(project.root, 'elsewhere'))
    symlinkSync('elsewhere', join(project.root, folder))
    await project.lock()
    const { findings: found } = await project.check()
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['E_ARCH_POLICY_TOO_WIDE', expect.stringContaining(`${folder} is a symbolic link`)],
    ])
  })

  it('may not be a link', async () => {
    using project = writeProject(BASES.own)
    await project.lock()
    renameSync(join(project.root, SANDBOX), join(project.root, 'policy.json'))
    symlinkSync('../../policy.json', join(project.root, SANDBOX))
    const { findings: found } = await project.check()
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      ['E_ARCH_POLICY_INVALID', `read the policy ${SANDBOX}: ${SANDBOX} is a symbolic link, expected the file itself`],
    ])
  })

  it.each<[pointer: string, value: Json, grants: string[]]>([
    ['/fs/deny_hidden', false, ['not fs.deny_hidden']],
    ['/fs/write_roots/-', 'out/more', ['fs.write_roots "out/more"']],
    ['/limits/mem_bytes', 67_108_865, ['limits.mem_bytes = 67108865']],
    ['/limits/mem_bytes', 67_108_863, []],
    [
      '/net/allow_hosts/-',
      { host: '127.0.0.2', ports: [22, 23] },
      ['net.allow_hosts "127.0.0.2" 22', 'net.allow_hosts "127.0.0.2" 23'],
    ],
    ['/net/allow_hosts/0/ports', [5672], []],
    ['/env/allow_keys/-', 'X07_SECRET_OTHER', ['env.allow_keys "X07_SECRET_OTHER"']],
    ['/env/deny_keys', [], ['no longer deny env.deny_keys "CI"']],
    ['/time/allow_wall_clock', true, ['time.allow_wall_clock']],
    ['/fs/max_read_bytes', 1, ['fs.max_read_bytes = 1']],
    ['/notes', 'x', []],
  ])('with %s %j allows more than was pinned: %j', async (pointer, value, grants) => {
    using project = writeProject(BASES.own)
    await project.lock()
    project.edit([{ path: SANDBOX, set: pointer, value }])
    const { findings: found, exitCode } = await project.check({ frozen: true })
    const [finding, ...others] = found
    expect([exitCode, others]).toEqual([2, []])
    if (grants.length > 0) expect(finding).toMatchObject({ code: 'E_ARCH_POLICY_WIDENED', data: { allows: grants } })
    else expect(finding).toMatchObject({ code: 'E_ARCH_PROJECT_LOCK_MISMATCH', data: { changed: [SANDBOX] } })
  })
})

describe('what the project lock says that a policy allows', () => {
  const LOCK = 'arch/project.lock.json'
  const allows = '/policies/arch~1policy~1sandbox.policy.json/allows'

  it.each<[title: string, edit: Edit]>([
    ['more, so that a change to come is none', { path: LOCK, set: `${allows}/-`, value: 'net.allow_dns' }],
    ['less', { path: LOCK, set: allows, value: [] }],
  ])('is refused where it is %s, and the policy is as it was', async (_title, edit) => {
    using project = writeProject(BASES.own)
    await project.lock()
    project.edit([edit])
    const { findings: found, exitCode } = await project.check()
    expect(exitCode).toBe(2)
    expect(found.map(({ code, message }) => [code, message])).toEqual([
      [
        'E_ARCH_PROJECT_LOCK_INVALID',
        `read ${LOCK}: ${allows} is not what arch/policy/sandbox.policy.json allows, though its hash is that of the policy; run with --write-lock to make it anew`,
      ],
    ])
  })
})

describe('the contracts under arch/vcr', () => {
  it('are regular files, whatever else is there', async () => {
    using project = writeProject(BASES.own)
    const path = (name: string): string => join(project.root, 'arch/vcr', name)
    symlinkSync('/dev/zero', path('a.match.json'))
    execFileSync('mkfifo', [path('b.match.json')])
    mkdirSync(path('c'))
    symlinkSync('../orders.match.json', path('c/d.match.json'))
    const { findings: found } = await project.check()
    expect(found.filter(({ severity }) => severity === 'error').map(({ code, message }) => [code, message])).toEqual([
      ['E_ARCH_VCR_UNREADABLE', 'read arch/vcr/a.match.json: it is a symbolic link, expected a regular file'],
      ['E_ARCH_VCR_UNREADABLE', 'read arch/vcr/b.match.json: it is a named pipe, expected a regular file'],
      ['E_ARCH_VCR_UNREADABLE', 'read arch/vcr/c/d.match.json: it is a symbolic link, expected a regular file'],
    ])
  })

  it('and their lock do not exist for X07', async () => {
    using project = writeProject(BASES.own)
    project.edit([{ path: 'arch/vcr/orders.match.json', text: '{' }])
    expect(await project.check({ rules: 'x07' })).toMatchObject({ exitCode: 0 })
    const { locks } = await project.check({ rules: 'x07', writeLock: true })
    expect(locks.map(({ path }) => path.slice(project.root.length + 1))).toEqual([
      'arch/manifest.lock.json',
      'arch/contracts.lock.json',
    ])
  })
})
