import { readdirSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'

const secret = 'correct-horse-battery'
const events = [
  `{"key":"a","password":"${secret}","email":"ann@example.org","n":1}`,
  `{"key":"a","address":"amqp://me:${secret}@host/","n":2}`,
  `{"key":"b","email":"bob@example.org","n":3}`,
].join('\n')
const recording = ['record', '--driver', 'memory', '--input', '-']

function cassettes(project: Project): string {
  return readdirSync(project.path('.x07_rr'))
    .map((name) => project.read(`.x07_rr/${name}`).toString('latin1'))
    .join('')
}

describe('a recording of messages with secrets', () => {
  test('holds none of them, nor do its results, and replays to the same bytes', async () => {
    using project = createProject()
    project.write(
      'arch/vcr/mail.redact.json',
      '{"schema_version":"vcr.redact@0.1.0","id":"mail","v":1,"fields":["email"]}',
    )
    expect(await project.lab(recording, { stdin: events })).toMatchObject({ code: 0 })
    const all = ['aggregate.json', 'report.json', 'metrics.txt'].map((name) => project.read(`out/os_record/${name}`))
    for (const text of [cassettes(project), ...all.map(String)]) {
      expect(text).not.toContain(secret)
      expect(text).not.toContain('example.org')
    }
    expect(cassettes(project)).toContain('"password":"[redacted]"')
    expect(await project.lab(['replay'])).toMatchObject({ code: 0, stdout: expect.not.stringContaining('diverged') })
    // What is published now is compared in the form that was recorded.
    expect(await project.lab(['replay', '--input', '-'], { stdin: events })).toMatchObject({ code: 0 })
    expect(await project.lab(['replay', '--input', '-'], { stdin: events.replace('"n":3', '"n":4') })).toMatchObject({
      code: 1,
    })
  })

  test('gives equal values equal pseudonyms, with a salt from the environment', async () => {
    using project = createProject()
    project.write(
      'arch/vcr/mail.redact.json',
      '{"schema_version":"vcr.redact@0.1.0","id":"mail","v":1,"fields":["email"],"salt":"env:X07_SECRET_SALT"}',
    )
    project.edit('arch/policy/os_record.policy.json', '"allow_keys": []', '"allow_keys": ["X07_SECRET_SALT"]')
    const env = { X07_SECRET_SALT: 'a salt of sixteen or more' }
    expect(await project.lab(recording, { stdin: events })).toMatchObject({
      code: 3,
      stderr: 'lab: redact: the salt of pseudonyms is not there; set X07_SECRET_SALT in the environment\n',
    })
    expect(await project.lab(recording, { stdin: events, env })).toMatchObject({ code: 0 })
    expect(new Set(cassettes(project).match(/"email":"anon-[0-9a-f]{32}"/g)).size).toBe(2)
    expect(await project.lab(['replay'])).toMatchObject({ code: 0 })
  })

  test('is refused where one was not taken out, and keeps its partial name', async () => {
    using project = createProject()
    const env = { DEPLOY_TOKEN: secret }
    const stdin = `{"key":"a","note":"${Buffer.from(`it is ${secret}`).toString('base64')}"}`
    const ran = await project.process(recording, { stdin, env })
    expect(ran).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(
        /^lab: record lab\.rrbin: it would hold a secret: entry 0, value: the value of DEPLOY_TOKEN \(in Base64\), and 1 more; list its member in fields or pointers, or its form in patterns, of arch\/vcr, and record again; what was recorded until then is in \.x07_rr\/lab\.[0-9a-f]{8}\.partial\.rrbin\n$/,
      ),
    })
    expect(readdirSync(project.path('.x07_rr')).filter((name) => !name.includes('.partial.'))).toEqual([])
  })
})
