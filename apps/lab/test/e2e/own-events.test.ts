import { describe, expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'

/** A byte-order mark, CRLF, blank lines, white space, long number forms, no line feed at the end. */
const untidy = '\u{feff}{ "n" : 1.0, "id":"a" }\r\n\r\n  \n{"id":"b","n":2e0}\r\n[3]'
const tidy = '{"id":"a","n":1}\n{"id":"b","n":2}\n[3]\n'

async function recorded(): Promise<Project> {
  const project = createProject()
  project.write('events.ndjson', untidy)
  const ran = await project.lab(['record', '--driver', 'memory', '--input', 'events.ndjson', '--key', '/id'])
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  return project
}

const identical = ['aggregate.json', 'report.json', 'metrics.txt'].map((name) => `identical ${name}\n`).join('')

describe.concurrent("events of a person's own", () => {
  test('are recorded in RFC 8785 form with the key of the pointer, and replay without the file', async () => {
    using project = await recorded()
    const aggregate = JSON.parse(project.read('out/os_record/aggregate.json').toString()) as Record<string, unknown>
    expect(aggregate).toMatchObject({
      count: 3,
      bytes: '{"id":"a","n":1}{"id":"b","n":2}[3]'.length,
      keys: [
        { key: null, count: 1 },
        { key: 'a', count: 1 },
        { key: 'b', count: 1 },
      ],
    })
    project.write('events.ndjson', '')
    const { code, stdout, stderr } = await project.lab(['replay'])
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `replayed 3 messages from lab.rrbin with no broker\n${identical}results   out/rr_replay\nverdict   identical\n`,
      stderr: '',
    })
  })

  test('with integers that a double cannot hold are recorded rounded, and that is told once', async () => {
    using project = createProject()
    const stdin = '{"n":9007199254740992}\n\n{"n":9007199254740993}\n{"n":"9007199254740993"}\n[12345678901234567890]\n'
    const note =
      'note: standard input: 2 events hold integers beyond 2^53 that RFC 8785 rounds, first in line 3; write them as strings to keep every digit\n'
    const ran = await project.lab(['record', '--driver', 'memory', '--input', '-'], { stdin })
    expect(ran).toMatchObject({ code: 0, stderr: note })
    expect(project.read('.x07_rr/lab.rrbin').includes('[12345678901234567000]')).toBe(true)
    expect(await project.lab(['replay', '--input', '-', '--json'], { stdin })).toMatchObject({ code: 0, stderr: note })
    expect(await project.lab(['replay'])).toMatchObject({ code: 0, stderr: '' })
  })

  test('replay the same from standard input, however they are written', async () => {
    using project = await recorded()
    const ran = await project.lab(['replay', '--input', '-', '--key', '/id'], { stdin: tidy })
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(ran.stdout).toContain(identical)
  })

  test('that have changed are told by field', async () => {
    using project = await recorded()
    const stdin = tidy.replace('"n":2', '"n":7')
    const { code, stdout } = await project.lab(['replay', '--input', '-', '--key', '/id'], { stdin })
    expect(code).toBe(1)
    expect(stdout).toMatch(
      /^diverged {2}std\.msg\.amqp\.publish_env_v1 of memory_v1: the message differs from entry \d: value\/n was 2, is 7$/m,
    )
  })

  test('of which there are more than recorded stop the replay, which tells all that differed', async () => {
    using project = await recorded()
    const args = ['replay', '--input', '-', '--key', '/id']
    const stopped =
      'replay of memory_v1: the program publishes more than the 3 messages recorded (the next: lab.events, key (null), value [4]); record the run again if that is meant'
    const ran = await project.lab(args, { stdin: `${tidy}[4]\n` })
    expect(ran).toMatchObject({ code: 1, stderr: '' })
    expect(ran.stdout.split('\n')).toEqual([
      'replayed  lab.rrbin with no broker up to where the program left the recording',
      expect.stringMatching(/^diverged {2}std\.msg\.amqp\.publish_env_v1 of memory_v1: /),
      `stopped   ${stopped}`,
      'no results: the run did not come to its end',
      'page      pnpm lab cassette page lab --report out/rr_replay/divergences.json --open',
      'verdict   stopped: 1 divergence',
      '',
    ])
    const { code, stdout } = await project.lab([...args, '--json'], { stdin: `${tidy}[4]\n` })
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      identical: false,
      replays: [{ identical: false, stopped, aggregate: null, divergences: [{ kind: 'extra', before: null }] }],
    })
  })

  test('of which there are fewer leave recorded entries unused', async () => {
    using project = await recorded()
    const { code, stdout } = await project.lab(['replay', '--input', '-', '--key', '/id', '--json'], {
      stdin: tidy.replace('[3]\n', ''),
    })
    expect(code).toBe(1)
    expect(JSON.parse(stdout)).toMatchObject({
      identical: false,
      replays: [
        {
          divergences: [
            { kind: 'unused', count: 1 },
            { kind: 'unused', count: 1 },
          ],
        },
      ],
    })
  })
})
