/**
 * Checks the packages as a newcomer has them: packs them, installs the tarballs in an empty project outside of the workspace,
 * records a program and tests with a broker, and replays them without one. Run it by `pnpm --filter @x07-lab/vcr
 * check:installed [NODE_VERSION…]` (default: this Node's); it needs `pnpm build` before, RabbitMQ on 5672 and Kafka on 9092,
 * and the npm registry.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const packages = ['msg-core', 'msg-amqp', 'msg-kafka', 'vcr']
const clients = ['amqplib@2.3.1', 'kafkajs@2.2.4', '@types/amqplib', '@types/node', 'typescript', 'vitest', 'jest']

const files: Readonly<Record<string, string>> = {
  'package.json': `{ "name": "newcomer", "private": true, "type": "module" }`,
  'service.js': `import amqp from 'amqplib'
import { Kafka, logLevel } from 'kafkajs'
export async function greet(name) {
  const connection = await amqp.connect('amqp://localhost:5672')
  const channel = await connection.createConfirmChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  channel.sendToQueue(queue, Buffer.from('hello ' + name), { messageId: crypto.randomUUID() })
  await channel.waitForConfirms()
  const message = await channel.get(queue, { noAck: true })
  await connection.close()
  return String(message.content)
}
export async function topics() {
  const admin = new Kafka({ brokers: ['localhost:9092'], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  const { brokers } = await admin.describeCluster()
  await admin.disconnect()
  return brokers.length
}
`,
  'app.js': `import { greet, topics } from './service.js'
console.log(await greet('Ada'), await topics())
`,
  'vitest.test.js': `import { expect } from 'vitest'
import { test } from '@x07-lab/vcr/vitest'
import { greet } from './service.js'
test('greets', async () => { expect(await greet('Grace')).toBe('hello Grace') })
`,
  'vitest.config.js': `export default { test: { include: ['vitest.test.js'] } }`,
  'node.test.js': `import assert from 'node:assert'
import { test } from 'node:test'
import { taped } from '@x07-lab/vcr/node-test'
import { greet } from './service.js'
test('greets', taped(async () => assert.equal(await greet('Alan'), 'hello Alan')))
`,
  'jest/greets.test.cjs': `const amqp = require('amqplib')
const { Kafka, logLevel } = require('kafkajs')
test('greets', async () => {
  const connection = await amqp.connect('amqp://localhost:5672')
  const channel = await connection.createChannel()
  const { queue } = await channel.assertQueue('', { exclusive: true })
  await channel.close()
  await connection.close()
  expect(queue).toMatch(/^amq.gen/)
  const admin = new Kafka({ brokers: ['localhost:9092'], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  expect((await admin.describeCluster()).brokers).toHaveLength(1)
  await admin.disconnect()
})
`,
  'jest.config.cjs': `module.exports = { testEnvironment: '@x07-lab/vcr/jest-environment', testMatch: ['**/jest/*.test.cjs'], transform: {} }`,
  'types.ts': `import { vcr, type Tape } from '@x07-lab/vcr'
import { tapedTest } from '@x07-lab/vcr/vitest'
import { taped } from '@x07-lab/vcr/node-test'
export const open = (): Promise<Tape> => vcr({ cassette: 'orders', mode: 'replay', rules: [{ key: 'amqp#1', ignore: ['body/at'] }] })
export const test = tapedTest({ by: 'file' })
export const body = taped((t, tape) => { t.diagnostic(tape.mode) })
`,
  'tsconfig.json': `{ "compilerOptions": { "strict": true, "skipLibCheck": false, "noEmit": true, "module": "nodenext", "target": "es2024", "lib": ["es2024", "esnext.disposable"], "types": ["node"] }, "files": ["types.ts"] }`,
}

interface Step {
  readonly name: string
  readonly command: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly says?: RegExp
  /** Whether it must not need a broker. */
  readonly isOffline?: boolean
}

const steps: readonly Step[] = [
  { name: 'record', command: ['vcr', 'record', '--', 'node', 'app.js'], says: /recorded app\.rrbin/ },
  {
    name: 'replay',
    command: ['vcr', 'replay', '--', 'node', 'app.js'],
    says: /hello Ada 1[\s\S]*no divergence/,
    isOffline: true,
  },
  { name: 'vitest records', command: ['vitest', 'run'], says: /1 passed/ },
  { name: 'vitest replays', command: ['vitest', 'run'], env: { CI: '1' }, says: /1 passed/, isOffline: true },
  { name: 'node:test records', command: ['node', '--test', 'node.test.js'], says: /pass 1/ },
  {
    name: 'node:test replays',
    command: ['node', '--test', 'node.test.js'],
    env: { CI: '1' },
    says: /pass 1/,
    isOffline: true,
  },
  { name: 'jest records', command: ['jest'], says: /1 passed/ },
  { name: 'jest replays', command: ['jest'], env: { CI: '1' }, says: /1 passed/, isOffline: true },
  { name: 'types', command: ['tsc', '-p', '.'] },
]

/** Without a network where the system allows it, else with a loopback on which no broker can be told from one. */
const isolated = spawnSync('unshare', ['-n', 'true']).status === 0

function check(nodeVersion: string, tarballs: readonly string[]): void {
  const folder = mkdtempSync(join(tmpdir(), 'vcr-newcomer-'))
  try {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const install = ['install', '--no-audit', '--no-fund', ...clients, `node@${nodeVersion}`, ...tarballs]
    execFileSync('npm', install, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] })
    execFileSync('npm', ['rebuild', 'node'], { cwd: folder, stdio: 'ignore' })
    const bin = join(folder, 'node_modules', '.bin')
    const { CI: _ci, ...own } = process.env
    const base = { ...own, PATH: `${bin}:${process.env['PATH']}` }
    for (const { name, command, env = {}, says = /(?:)/, isOffline = false } of steps) {
      const [program = '', ...args] = isOffline && isolated ? ['unshare', '-n', ...command] : command
      const ran = spawnSync(program, args, {
        cwd: folder,
        env: { ...base, ...env },
        encoding: 'utf8',
        timeout: 180_000,
      })
      // Not started at all: `pnpm build` was not run before, and the packages have no command.
      const text = ran.error?.message ?? `${ran.stdout}${ran.stderr}`
      if (ran.status !== 0 || !says.test(text)) {
        throw new Error(`node ${nodeVersion}, ${name}: exit code ${ran.status}, expected 0 and ${says}:\n${text}`)
      }
      process.stdout.write(`node ${nodeVersion}: ${name}${isOffline && isolated ? ', no network' : ''}\n`)
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const packed = mkdtempSync(join(tmpdir(), 'vcr-packed-'))
try {
  for (const name of packages) {
    execFileSync('pnpm', ['pack', '--pack-destination', packed], {
      cwd: join(import.meta.dirname, '../..', name),
      stdio: 'ignore',
    })
  }
  const tarballs = readdirSync(packed).map((name) => join(packed, name))
  const versions = process.argv.slice(2)
  for (const version of versions.length > 0 ? versions : [process.versions.node]) check(version, tarballs)
} finally {
  rmSync(packed, { recursive: true, force: true })
}
