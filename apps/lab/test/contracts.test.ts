import { describe, expect, test } from 'vitest'
import { readIndexed, readTopicLimit } from '../src/contracts.ts'
import { openLabMetrics } from '../src/pipeline/lab-metrics.ts'
import { readSandboxPolicy } from '../src/sandbox/policy.ts'
import { createProject } from './support/project.ts'

const mend = 'fix it; `pnpm arch:check` explains'

describe('a contract that cannot be used is told by file and place', () => {
  const index = 'arch/msg/index.x07msg.json'
  const noList = `read contract ${index}: topic lab.events is not listed in topics; ${mend}`
  const noLimit = `read contract ${index}: max_value_bytes of topic lab.events is not a whole number from 1; ${mend}`
  test.each([
    [
      '{',
      `read contract ${index}: it is not JSON: line 1, column 2: the end of the text, where a key in double quotes should stand; ${mend}`,
    ],
    ['[]', `read contract ${index}: it is not a JSON object; ${mend}`],
    ['null', `read contract ${index}: it is not a JSON object; ${mend}`],
    ['{}', noList],
    ['{"topics":{"id":"lab.events"}}', noList],
    ['{"topics":[null,[],"lab.events"]}', noList],
    ['{"topics":[{"id":"lab.events"}]}', noLimit],
    ['{"topics":[{"id":"lab.events","max_value_bytes":"9"}]}', noLimit],
    ['{"topics":[{"id":"lab.events","max_value_bytes":0}]}', noLimit],
    ['{"topics":[{"id":"lab.events","max_value_bytes":1.5}]}', noLimit],
  ])('topics %s', async (text, message) => {
    using project = createProject()
    project.write(index, text)
    await expect(readTopicLimit(project.root, 'lab.events')).rejects.toThrow(
      expect.objectContaining({ message, exitCode: 3 }),
    )
  })

  test.each([
    '{}',
    '{"profiles":7}',
    '{"profiles":[null]}',
    '{"profiles":[{"id":"p"}]}',
    '{"profiles":[{"id":"p","path":1}]}',
  ])('an index %s', async (text) => {
    using project = createProject()
    project.write('arch/index.json', text)
    await expect(readIndexed(project.root, 'arch/index.json', 'profiles', 'path', 'p')).rejects.toThrow(
      `read contract arch/index.json: no p with a path in profiles; ${mend}`,
    )
  })

  test('a file that is not there', async () => {
    using project = createProject()
    project.write('arch/obs/index.x07obs.json', '{"metrics_registry_path":"arch/none.json"}')
    await expect(openLabMetrics(project.root)).rejects.toThrow(
      `read contract arch/none.json: there is no such file or folder (ENOENT); ${mend}`,
    )
    project.write('arch/obs/index.x07obs.json', '{}')
    await expect(openLabMetrics(project.root)).rejects.toThrow(
      `read contract arch/obs/index.x07obs.json: metrics_registry_path is missing; ${mend}`,
    )
  })

  test('a registry that does not declare what is measured', async () => {
    using project = createProject()
    const file = 'arch/obs/metrics/registry.x07metrics.json'
    project.edit(file, '"lab_messages_produced_total"', '"lab_messages_made_total"')
    const failure = expect.objectContaining({
      exitCode: 3,
      message: expect.stringMatching(
        /^read contract arch\/obs\/metrics\/registry\.x07metrics\.json: bind metric "lab_messages_produced_total": the registry does not declare it, .*; fix it; `pnpm arch:check` explains$/,
      ) as string,
    }) as Error
    await expect(openLabMetrics(project.root)).rejects.toThrow(failure)
  })
})

describe('a sandbox policy', () => {
  const file = 'arch/policy/os_record.policy.json'

  test.each([
    ['null', () => 'null', 'the document is null, expected an object'],
    ['a list', () => '[]', 'the document is an empty list, expected an object'],
    [
      'another version',
      (text: string) => text.replace('policy@0.1.0', 'policy@0.2.0'),
      'schema_version is "x07.run-os-policy@0.2.0", expected "x07.run-os-policy@0.1.0"',
    ],
    [
      'a number for a section',
      (text: string) => text.replace(/"time": \{[^}]*\}/, '"time": 7'),
      'time is 7, expected an object',
    ],
    [
      'a number for a root',
      (text: string) => text.replace(/"write_roots": \[[^\]]*\]/, '"write_roots": [1]'),
      'fs.write_roots[0] is 1, expected text of 1 to 4096 characters',
    ],
    [
      'a port as text',
      (text: string) => text.replace(/"ports": \[/, '"ports": ["1", '),
      'net.allow_hosts[0].ports[0] is "1", expected an integer from 1 to 65535',
    ],
    [
      'a misspelt switch',
      (text: string) => text.replace('"allow_dns"', '"alow_dns"'),
      'net.allow_dns is missing, expected true or false; is the unknown field "alow_dns" meant for it?',
    ],
    [
      'a field that is not in the form',
      (text: string) => text.replace('"allow_dns"', '"allow_raw": true, "allow_dns"'),
      'net has an unknown field "allow_raw", did you mean "allow_dns"? it may have enabled, allow_dns, allow_tcp, allow_udp, allow_hosts',
    ],
  ])('with %s is refused', async (_name, change, problem) => {
    using project = createProject()
    project.write(file, change(project.read(file).toString()))
    await expect(readSandboxPolicy(project.root, 'os_record')).rejects.toThrow(
      expect.objectContaining({ exitCode: 3, message: `read policy ${file}: ${problem}; ${mend}` }),
    )
  })

  test('that is wider than a sandbox may be is refused, whatever is pinned', async () => {
    using project = createProject()
    const policy = JSON.parse(project.read(file).toString())
    policy.env.allow_keys = ['NODE_OPTIONS']
    project.write(file, JSON.stringify(policy))
    const problem =
      '/env/allow_keys/0 "NODE_OPTIONS" must be one of X07_SECRET_…, TERM, NO_COLOR, FORCE_COLOR, COLUMNS, LINES, LANG, TZ, CI'
    await expect(readSandboxPolicy(project.root, 'os_record')).rejects.toThrow(
      expect.objectContaining({ exitCode: 3, message: `read policy ${file}: ${problem}; ${mend}` }),
    )
  })

  test('allows nothing that it does not switch on', async () => {
    using project = createProject()
    const text = project.read(file).toString()
    for (const field of ['enabled', 'allow_tcp']) {
      const policy = JSON.parse(text)
      expect(policy.net[field]).toBe(true)
      policy.net[field] = policy.fs.enabled = policy.env.enabled = false
      policy.env.allow_keys = ['TZ']
      project.write(file, JSON.stringify(policy))
      const closed = { file, readRoots: [], writeRoots: [], allowed: [], env: [], threads: 0 }
      expect(await readSandboxPolicy(project.root, 'os_record')).toEqual(closed)
    }
  })

  test('of this repository lets a recording reach both brokers on loopback, and a replay nothing', async () => {
    using project = createProject()
    expect(await readSandboxPolicy(project.root, 'os_record')).toMatchObject({
      writeRoots: ['.x07_rr', 'out'],
      allowed: [
        { host: '127.0.0.1', port: 5672 },
        { host: '127.0.0.1', port: 9092 },
      ],
    })
    for (const profile of ['rr_replay', 'ci_replay'] as const) {
      expect(await readSandboxPolicy(project.root, profile)).toMatchObject({
        writeRoots: ['out'],
        allowed: [],
        env: [],
      })
    }
  })
})
