import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readRunOsPolicy } from '../../../src/index.ts'
import { BASES } from '../../fixtures/bases.ts'
import { type Edit, writeProject } from '../../fixtures/project.ts'

const FILE = 'policy/record.policy.json'
const set = (pointer: string, value: Extract<Edit, { set: string }>['value']): Edit => ({
  path: FILE,
  set: pointer,
  value,
})

function read(edits: Edit[], rules: 'x07' | 'all' = 'all') {
  using project = writeProject(BASES.full)
  project.edit(edits)
  return readRunOsPolicy(join(project.root, FILE), { rules, file: FILE })
}

describe('reading a run-os policy', () => {
  it('gives the policy with nothing filled in', () => {
    const result = read([])
    expect(result.ok && result.policy).toMatchObject({
      policy_id: 'record',
      net: { allow_hosts: [{ host: 'localhost', ports: [5672, 9092] }, {}] },
    })
    expect(result.ok && Object.keys(result.policy.fs)).toEqual(['enabled', 'deny_hidden', 'read_roots', 'write_roots'])
  })

  it.each<[string, Edit[], string]>([
    ['hosts written as host:port', [set('/net/allow_hosts/0', 'localhost:5672')], '/net/allow_hosts/0'],
    ['a misspelt key', [set('/net/allow_host', [])], '/net'],
    ['a port out of range', [set('/net/allow_hosts/0/ports/0', 65536)], '/net/allow_hosts/0/ports/0'],
    ['a fraction', [set('/limits/cpu_ms', 1.5)], '/limits/cpu_ms'],
  ])('refuses %s', (_title, edits, path) => {
    const result = read(edits)
    expect(result.ok ? [] : result.findings).toMatchObject([
      { code: 'X07-POLICY-SCHEMA-0001', at: { file: FILE }, data: { instance_path: path } },
    ])
  })

  it.each<[string, Edit[], string[]]>([
    ['a host without ports', [set('/net/allow_hosts/1/ports', [])], ['/net/allow_hosts/1/ports']],
    ['a semicolon in a root', [set('/fs/read_roots/-', 'a;b')], ['/fs/read_roots/1']],
    [
      'spawning without programs or limits',
      [set('/process/allow_spawn', true)],
      Array.from({ length: 4 }, () => '/process/allow_spawn'),
    ],
    ['a working folder without roots', [set('/process/allow_cwd', true)], ['/process/allow_cwd']],
    [
      'a database without drivers',
      [set('/db', { enabled: true, drivers: { sqlite: false, postgres: false, mysql: false } })],
      ['/db/enabled'],
    ],
    [
      'a pattern that repeats nothing',
      [set('/process/allow_args_regex_lite', ['*a'])],
      ['/process/allow_args_regex_lite/0'],
    ],
    [
      'a pattern that ends in a backslash',
      [set('/process/allow_args_regex_lite', ['a\\'])],
      ['/process/allow_args_regex_lite/0'],
    ],
  ])('refuses %s, which only the runner of X07 would', (_title, edits, pointers) => {
    expect(read(edits, 'x07').ok).toBe(true)
    const result = read(edits)
    expect(result.ok ? [] : result.findings.map((finding) => finding.at?.pointer)).toEqual(pointers)
  })

  it('says that there is no such file, and where a file is not JSON', () => {
    expect(readRunOsPolicy('/nowhere/p.json', { file: 'p.json' })).toMatchObject({
      findings: [{ message: 'read the policy p.json: there is no such file', at: { file: 'p.json' } }],
    })
    const broken = read([{ path: FILE, text: '{\n"a" 1}' }])
    expect(broken).toMatchObject({ findings: [{ code: 'X07-POLICY-SCHEMA-0001', at: { line: 2, col: 5 } }] })
  })
})
