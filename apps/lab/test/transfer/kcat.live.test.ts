import { spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { exportCassette } from '../../src/commands/cassette/export.ts'
import { importMessages } from '../../src/commands/cassette/import.ts'

const broker = '127.0.0.1:9092'
const hasKcat = spawnSync('kcat', ['-V']).status === 0
const hasBroker = await new Promise<boolean>((resolve) => {
  const socket = connect(9092, '127.0.0.1')
  socket.on('connect', () => resolve((socket.destroy(), true))).on('error', () => resolve(false))
})
const ready = hasKcat && hasBroker
if (!ready)
  console.log(
    `skipped: kcat both ways; ${hasKcat ? 'no Kafka listens on 127.0.0.1:9092' : 'kcat is not installed here'}`,
  )

let root = ''
const topic = `transfer-${randomBytes(4).toString('hex')}`
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'transfer-'))
  mkdirSync(join(root, '.x07_rr'))
})
afterAll(() => rmSync(root, { recursive: true }))

async function kcat(args: readonly string[], input = ''): Promise<string> {
  const child = spawn('kcat', ['-b', broker, ...args])
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stdin.end(input)
  const code = await new Promise((resolve) => child.on('close', resolve))
  expect(code).toBe(0)
  return Buffer.concat(chunks).toString()
}

describe.skipIf(!ready)('kcat', () => {
  test('writes what comes in, replays and goes out, and reads it into Kafka again', async () => {
    await kcat(['-P', '-t', topic, '-Z', '-K', '\t', '-H', 'a=1'], 'k-1\t{"n":1}\n\tno key\nk-2\t\n')
    const read = await kcat(['-C', '-t', topic, '-J', '-e', '-q'])
    const file = join(root, 'read.jsonl')
    writeFileSync(file, read)
    await importMessages(root, { file, from: 'kcat', cassette: 'c', cwd: root, stdin: () => process.stdin })

    const output = new PassThrough()
    let text = ''
    output.on('data', (chunk: Buffer) => (text += chunk.toString()))
    const losses: string[] = []
    await exportCassette(root, { file: 'c', to: 'kcat-lines' }, output, (line) => losses.push(line))
    expect(losses).toEqual([0, 1, 2].map((at) => `kcat-lines cannot carry of entry ${2 * at + 1}: its headers`))

    await kcat(['-P', '-t', `${topic}-again`, '-Z', '-K', '\t'], text)
    const again = await kcat(['-C', '-t', `${topic}-again`, '-J', '-e', '-q'])
    const parts = (lines: string) =>
      lines
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as { key: unknown; payload: unknown })
        .map(({ key, payload }) => [key, payload])
    expect(parts(again)).toEqual(parts(read))
    expect(parts(again)).toEqual([
      ['k-1', '{"n":1}'],
      [null, 'no key'],
      ['k-2', null],
    ])
  })
})
