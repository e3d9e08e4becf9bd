import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cache } from '../../../../tests/support/cache.ts'
import { pythonWith } from '../../../../tests/support/pypi.ts'
import { lineOf, type Line } from './line.ts'

/** A client of another make, as the comparison uses it. */
export interface Client {
  readonly name: string
  readonly version: string
  /** Writes records in their order; a transaction ends in one of two ways. */
  write(topic: string, codec: string, lines: readonly Line[], transaction?: 'none' | 'commit' | 'abort'): Promise<void>
  /** Reads as many records from the beginning. */
  read(topic: string, count: number): Promise<Line[]>
}

const here = import.meta.dirname
const confluentKafka = '2.16.1'

/** The clients that this machine has, or can fetch; says which are skipped, and why. */
export function findClients(broker: string): Client[] {
  return [librdkafka(broker), java(broker), kcat(broker)].flatMap((client) => {
    if (typeof client !== 'string') return client ?? []
    console.log(`skipped: ${client}`)
    return []
  })
}

function librdkafka(broker: string): Client | undefined {
  const python = pythonWith(`confluent-kafka==${confluentKafka}`)
  if (python === undefined) return undefined
  return program('librdkafka', `confluent-kafka ${confluentKafka}`, broker, python, [join(here, 'librdkafka.py')])
}

function java(broker: string): Client | string {
  const folders = existsSync(cache) ? readdirSync(cache).filter((name) => /^kafka-\d/.test(name)) : []
  const folder = folders.sort().at(-1)
  if (folder === undefined)
    return 'the Java client: its jars are not there; `pnpm lab brokers up kafka` fetches them with Maven'
  const version = folder.replace('kafka-', 'kafka-clients ')
  const jars = join(cache, folder, '*')
  const classes = mkdtempSync(join(tmpdir(), 'x07-java-client-'))
  try {
    execFileSync('javac', ['-cp', jars, '-d', classes, join(here, 'JavaClient.java')], { stdio: 'ignore' })
  } catch {
    return 'the Java client: there is no javac on the path'
  }
  const args = ['-XX:TieredStopAtLevel=1', '-cp', `${jars}:${classes}`, 'JavaClient']
  return program('Java', version, broker, 'java', args)
}

function program(name: string, version: string, broker: string, command: string, args: readonly string[]): Client {
  return {
    name,
    version,
    async write(topic, codec, lines, transaction = 'none') {
      await run(
        command,
        [...args, 'write', broker, topic, codec, transaction],
        lines.map((line) => `${line}\n`).join(''),
      )
    },
    async read(topic, count) {
      return (await run(command, [...args, 'read', broker, topic, String(count)])).trimEnd().split('\n')
    },
  }
}

/** kcat takes and gives text: of bytes, names and values in which its separators stand it knows nothing. */
function kcat(broker: string): Client | string {
  let version: string
  try {
    version = /Version (\S+)/.exec(execFileSync('kcat', ['-V'], { encoding: 'utf8' }))?.[1] ?? ''
  } catch {
    return 'kcat: it is not on the path; install the Debian package kcat'
  }
  return {
    name: 'kcat',
    version: `kcat ${version}`,
    async write(topic, codec, lines) {
      for (const line of lines) {
        const [partition = '0', , key, value, ...headers] = line.split(' ')
        const named = headers.flatMap((name, n) =>
          n % 2 === 0 ? ['-H', `${textOf(name)}=${textOf(headers[n + 1])}`] : [],
        )
        const to = [
          '-b',
          broker,
          '-P',
          '-t',
          topic,
          '-p',
          partition,
          '-X',
          `compression.codec=${codec}`,
          '-Z',
          ...named,
        ]
        await run(
          'kcat',
          key === '-' ? to : [...to, '-K', '|'],
          key === '-' ? `${textOf(value)}\n` : `${textOf(key)}|${textOf(value)}\n`,
        )
      }
    },
    async read(topic, count) {
      const format = '%p %T %K %S %k|%s|%h\n'
      const text = await run('kcat', ['-b', broker, '-C', '-t', topic, '-e', '-q', '-c', String(count), '-f', format])
      return text.trimEnd().split('\n').map(fromKcat)
    },
  }
}

function textOf(field = '-'): string {
  return field === '-' ? '' : Buffer.from(field.slice(1), 'base64').toString()
}

function fromKcat(text: string): Line {
  const [, partition, timestamp, keySize, valueSize, rest = ''] = /^(\d+) (\d+) (-?\d+) (-?\d+) (.*)$/s.exec(text) ?? []
  const [key = '', value = '', headers = ''] = rest.split('|')
  return lineOf({
    partition: Number(partition),
    timestamp: timestamp ?? '',
    key: keySize === '-1' ? null : Buffer.from(key),
    value: valueSize === '-1' ? null : Buffer.from(value),
    headers:
      headers === ''
        ? []
        : headers.split(',').map((pair) => {
            const at = pair.indexOf('=')
            return [pair.slice(0, at), Buffer.from(pair.slice(at + 1))] as const
          }),
  })
}

function run(command: string, args: readonly string[], input = ''): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const child = execFile(command, args, { maxBuffer: 64 * 1_048_576 }, (error, stdout, stderr) => {
    if (error === null) resolve(stdout)
    else reject(new Error(`${command} ${args.slice(0, 2).join(' ')}: ${stderr.slice(-500)}`, { cause: error }))
  })
  child.stdin?.end(input)
  return promise
}
