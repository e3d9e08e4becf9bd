import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, test } from 'vitest'
import { classPathOf, sourceProgram } from '../../../../tests/support/maven.ts'
import { pythonWith } from '../../../../tests/support/pypi.ts'
import { answers } from '../answers.ts'
import { main, node, program, runVcr } from '../run-vcr.ts'

const here = (file: string): string => join(import.meta.dirname, file)
const root = mkdtempSync(join(tmpdir(), 'vcr-languages-'))
afterAll(() => rmSync(root, { recursive: true }))

const brokers = { amqp: 5672, kafka: 9092 }
type Protocol = keyof typeof brokers
const up = { amqp: await answers(brokers.amqp), kafka: await answers(brokers.kafka) }
const anyUp = up.amqp || up.kafka
const python = anyUp ? pythonWith('pika==1.4.4', 'confluent-kafka==2.16.1') : undefined
const classPath = anyUp ? classPathOf(here('pom.xml')) : undefined

/** A command that is given the ports of the brokers. */
type Command = (ports: Readonly<Record<Protocol, string>>) => readonly [string, ...string[]]

interface Outcome {
  readonly output: string
  /** What the face said. */
  readonly report: string
  readonly code: number | null
}

/** Runs a program beside `vcr proxy` or `vcr serve`. */
async function beside(face: 'proxy' | 'serve', cassette: string, of: Protocol[], command: Command): Promise<Outcome> {
  const routes = of.flatMap((protocol) => [
    `--${protocol}`,
    face === 'proxy' ? `0=127.0.0.1:${brokers[protocol]}` : '0',
  ])
  const child = spawn(process.execPath, [main, face, cassette, '--root', root, ...routes], {
    // In CI nothing is recorded.
    env: { ...process.env, CI: '' },
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const closed = once(child, 'close') as Promise<[number | null]>
  const said: string[] = []
  const ports = { amqp: '', kafka: '' }
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  createInterface({ input: child.stderr }).on('line', (line) => {
    said.push(line)
    const [, protocol, port] = /(amqp|kafka) on 127\.0\.0\.1:(\d+)/.exec(line) ?? []
    if (protocol === undefined || port === undefined) return
    ports[protocol as Protocol] = port
    if (of.every((one) => ports[one] !== '')) resolve()
  })
  await Promise.race([listening, closed])
  if (child.exitCode !== null) throw new Error(`vcr ${face} ended: ${said.join('\n')}`)
  try {
    const output = await outputOf(command(ports))
    child.kill('SIGTERM')
    const [code] = await closed
    return { output, report: said.join('\n'), code }
  } finally {
    child.kill('SIGKILL')
  }
}

function outputOf([file, ...args]: readonly [string, ...string[]]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(file, args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else reject(new Error(`${file} failed: ${stderr}`, { cause: error }))
    })
  })
}

const names = `languages-${process.pid}-${Date.now().toString(36)}`
const java = (file: string, ...args: string[]): [string, ...string[]] => [
  'java',
  ...sourceProgram(classPath ?? '', here(file), ...args),
]

const programs: readonly [string, Protocol, unknown, Command][] = [
  ['Python, pika', 'amqp', python, ({ amqp }) => [python!, here('amqp_program.py'), amqp, `${names}-py`]],
  [
    'Python, confluent-kafka',
    'kafka',
    python,
    ({ kafka }) => [python!, here('kafka_program.py'), `127.0.0.1:${kafka}`, `${names}-py`, 'classic'],
  ],
  ['Java, amqp-client', 'amqp', classPath, ({ amqp }) => java('AmqpProgram.java', amqp, `${names}-java`)],
  [
    'Java, kafka-clients',
    'kafka',
    classPath,
    ({ kafka }) => java('KafkaProgram.java', `127.0.0.1:${kafka}`, `${names}-java`, 'classic'),
  ],
]

for (const [name, protocol, found, command] of programs) {
  test.runIf(up[protocol] && found !== undefined)(`${name}: recorded by the proxy, a program is served`, async () => {
    const cassette = name.replaceAll(/\W+/g, '-').toLowerCase()
    const recorded = await beside('proxy', cassette, [protocol], command)
    expect(recorded).toMatchObject({ code: 0, report: expect.stringContaining(`recorded ${cassette}.rrbin`) as string })
    expect(recorded.output).toMatch(/\ndone\n$/)
    const served = await beside('serve', cassette, [protocol], command)
    expect(served.report).toContain('no divergence')
    expect(served).toMatchObject({ code: 0, output: recorded.output })
  })
}

describe.runIf(up.amqp && up.kafka)('a program of both brokers', () => {
  const file = program('either-face.ts')
  const command =
    (name: string): Command =>
    ({ amqp, kafka }) => [process.execPath, file, amqp, kafka, name]
  const direct = (mode: string, name: string): Promise<Awaited<ReturnType<typeof runVcr>>> =>
    runVcr([mode, '--root', root, '--cassette', name, ...node('either-face.ts'), '5672', '9092', `${names}-${name}`])

  test('is served what was recorded in the process', async () => {
    const recorded = await direct('record', 'inside')
    expect(recorded.code).toBe(0)
    const served = await beside('serve', 'inside', ['amqp', 'kafka'], command(`${names}-inside`))
    expect(served.report).toContain('no divergence')
    expect(served).toMatchObject({ code: 0, output: recorded.stdout })
  })

  test('replays in the process what the proxy recorded', async () => {
    const recorded = await beside('proxy', 'outside', ['amqp', 'kafka'], command(`${names}-outside`))
    const replayed = await direct('replay', 'outside')
    expect(replayed.stderr).toContain('no divergence')
    expect(replayed).toMatchObject({ code: 0, stdout: recorded.output })
  })
})
