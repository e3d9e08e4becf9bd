import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startTestNode, systemDeps } from '../../src/brokers/index.ts'
import { findJava } from '../../src/brokers/kafka/java.ts'
import { runCommand } from '../../src/brokers/process/run-command.ts'
import { downloadFolder } from '../../src/brokers/state/folders.ts'
import { createProject, type Project } from '../support/project.ts'

const repo = join(import.meta.dirname, '../../../..')
const folder = mkdtempSync(join(tmpdir(), 'lab-sasl-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const plain = { user: 'plain-user', password: 'plain-9-secret' }
const scram = { user: 'scram-user', password: 'scram-9-secret' }
/** The broker's own login, with which it may change users. */
const admin = { user: 'admin', password: 'admin-9-secret' }

const module = 'org.apache.kafka.common.security'
const plainLogin = `${module}.plain.PlainLoginModule required username="${admin.user}" password="${admin.password}"`
const users = [admin, plain].map(({ user, password }) => `user_${user}="${password}"`).join(' ')

/** The lab's own settings of a private broker, with a login at its door: PLAIN, and SCRAM in its weaker strength alone. */
function withLogin(): string {
  const place = join(folder, 'repo')
  mkdirSync(place)
  cpSync(join(repo, 'brokers'), join(place, 'brokers'), { recursive: true })
  const file = join(place, 'brokers/kafka/server.properties')
  const settings = readFileSync(file, 'utf8').replace('BROKER:PLAINTEXT', 'BROKER:SASL_PLAINTEXT')
  const login = [
    'sasl.mechanism.inter.broker.protocol=PLAIN',
    'listener.name.broker.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256',
    `listener.name.broker.plain.sasl.jaas.config=${plainLogin} ${users};`,
    `listener.name.broker.scram-sha-256.sasl.jaas.config=${module}.scram.ScramLoginModule required;`,
  ]
  writeFileSync(file, `${settings}\n${login.join('\n')}\n`)
  return place
}

const deps = systemDeps({ env: process.env, repo: withLogin() })
const started = await startTestNode('kafka', join(folder, 'node'), deps)
if ('missing' in started) console.log(`skipped: no Kafka of its own to log in to: ${started.missing}`)

/** Kafka keeps SCRAM users in its own records; its own program writes them. */
async function addScramUser(port: number): Promise<void> {
  const found = await findJava(deps)
  if (typeof found === 'string') throw new Error(found)
  const client = join(folder, 'admin.properties')
  const login = ['security.protocol=SASL_PLAINTEXT', 'sasl.mechanism=PLAIN', `sasl.jaas.config=${plainLogin};`]
  writeFileSync(client, login.join('\n'))
  const downloads = downloadFolder(process.env, {})
  const jars = readdirSync(downloads).filter((name) => /^kafka-[\d.]+$/.test(name))
  const path = jars.map((name) => join(downloads, name, '*')).join(':')
  const change = ['--alter', '--entity-type', 'users', '--entity-name', scram.user]
  const secret = ['--add-config', `SCRAM-SHA-256=[password=${scram.password}]`]
  const where = ['--bootstrap-server', `127.0.0.1:${port}`, '--command-config', client]
  const ran = await runCommand(found.java, ['-cp', path, 'kafka.admin.ConfigCommand', ...where, ...change, ...secret], {
    env: process.env,
    timeoutMs: 60_000,
  })
  if (ran.outcome !== 'exited' || ran.code !== 0) throw new Error(`add a SCRAM user: ${JSON.stringify(ran)}`)
}

describe.skipIf('missing' in started)('a Kafka that asks for a login', () => {
  afterAll(async () => {
    if ('node' in started) await started.node.stop()
  })
  const port = 'node' in started ? started.node.port : 0

  function projectFor(mode: string): Project {
    const project = createProject()
    const profile = 'arch/msg/kafka/profiles/local_kafka_v1.kafka_profile.json'
    const ids = '"username_secret_id": "kafka_user", "password_secret_id": "kafka_password"'
    project.edit(profile, '"sasl_mode": "none_v1"', `"sasl_mode": "${mode}", ${ids}`)
    const policy = 'arch/policy/os_record.policy.json'
    project.edit(policy, '"allow_keys": []', '"allow_keys": ["X07_SECRET_KAFKA_USER", "X07_SECRET_KAFKA_PASSWORD"]')
    for (const file of [profile, policy]) project.edit(file, '9092', String(port))
    return project
  }
  const record = ['record', '--driver', 'kafka', '--messages', '200', '--seed', '7']
  const env = ({ user, password }: typeof plain) => ({
    X07_SECRET_KAFKA_USER: user,
    X07_SECRET_KAFKA_PASSWORD: password,
  })

  test.for([
    ['PLAIN', 'plain_v1', plain],
    ['SCRAM, of which it knows the weaker strength alone', 'scram_v1', scram],
  ] as const)('takes %s: the run is recorded, and replays without it', async ([, mode, login]) => {
    if (mode === 'scram_v1') await addScramUser(port)
    using project = projectFor(mode)
    expect(await project.process(record, { env: env(login) })).toMatchObject({ code: 0 })
    expect(await project.process(['replay'])).toMatchObject({ code: 0 })
    for (const file of ['.x07_rr/lab.rrbin', 'out/os_record/report.json', 'out/os_record/metrics.txt']) {
      expect(project.read(file).includes(login.password)).toBe(false)
    }
  })

  test.for([
    ['plain_v1', plain],
    ['scram_v1', scram],
  ] as const)(
    'ends a recording whose password it refuses with one line that shows none: %s',
    async ([mode, { user }]) => {
      using project = projectFor(mode)
      const ran = await project.process(record, { env: env({ user, password: 'another-9-secret' }) })
      expect(ran).toMatchObject({ code: 3, stdout: '' })
      expect(ran.stderr).toMatch(/^lab: open local_kafka_v1 at 127\.0\.0\.1:\d+: .*\n$/)
      expect(ran.stderr).not.toContain('9-secret')
      expect(() => project.read('.x07_rr/lab.rrbin')).toThrow('ENOENT')
    },
  )

  test('says of a profile without a login that one may be wanted', async () => {
    using project = projectFor('plain_v1')
    project.edit('arch/msg/kafka/profiles/local_kafka_v1.kafka_profile.json', 'plain_v1', 'none_v1')
    const ran = await project.process(record)
    expect(ran).toMatchObject({ code: 3, stdout: '' })
    expect(ran.stderr).toMatch(
      /^lab: open local_kafka_v1 at 127\.0\.0\.1:\d+: closed connection; tried for \d+ s; check that a Kafka listens there, and whether it asks for TLS or a login \(security in the profile\)\n$/,
    )
  })
})
