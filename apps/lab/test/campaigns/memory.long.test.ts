import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, mkdirSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { encodeEntry } from '@x07-lab/msg-core/format'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createProject, mainFile } from '../support/project.ts'

// Cassettes that are made to fill memory, through every command that reads one, each in a process of its own.

const maxKiB = 300 * 1024
const none = new Uint8Array(0)

const project = createProject()
// Where the sources are newer than the bundle of the program, its first start makes another one, which takes more memory.
beforeAll(() => project.process(['--help']))
afterAll(() => project[Symbol.dispose]())

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function framed(fields: { op: string; key: string; resp?: Uint8Array; seq?: number }): Buffer {
  const document = encodeEntry({ kind: 'rr', req: none, resp: none, err: 0, ...fields })
  return Buffer.concat([u32(document.length), document])
}

function made(name: string, write: (path: string) => void): string {
  const path = project.path('.x07_rr', `${name}.rrbin`)
  mkdirSync(dirname(path), { recursive: true })
  write(path)
  return `${name}.rrbin`
}

const publishOp = 'std.msg.amqp.publish_env_v1'

const hostile: Readonly<Record<string, string>> = {
  'a million lanes': made('lanes', (path) => {
    const file = openSync(path, 'w')
    // All of a length, so that the next ones are these with other digits.
    const frame = framed({ op: publishOp, key: 'k000000' })
    const digits = frame.indexOf('k000000') + 1
    const frames = Buffer.concat(Array.from({ length: 10_000 }, () => frame))
    for (let from = 0; from < 1_000_000; from += 10_000) {
      for (let at = 0; at < 10_000; at++)
        frames.write(String(from + at).padStart(6, '0'), at * frame.length + digits, 'latin1')
      writeSync(file, frames)
    }
    closeSync(file)
  }),
  'two million open begins in a seal': made('opens', (path) => {
    const open = Array.from({ length: 2_000_000 }, (_, at) => at + 4).join(',')
    const resp = Buffer.from(`{"bytes":1,"entries":1,"open":[${open}],"sha256":"${'0'.repeat(64)}"}`)
    const entries = [
      framed({ op: publishOp, key: 'k', seq: 0 }),
      framed({ op: 'std.msg.lab.seal_v1', key: 'sha256', resp, seq: 2 }),
    ]
    writeFileSync(path, Buffer.concat(entries))
  }),
  'a frame of 1.5 GB': made('frame', (path) => {
    writeFileSync(path, u32(1_500_000_000))
    truncateSync(path, 1_500_000_004)
  }),
  'an entry of 1 GB': made('entry', (path) => {
    const entry = framed({ op: publishOp, key: 'k' })
    const huge = 2 ** 30
    // The response is the last field, and its bytes are a hole.
    entry.writeUInt32LE(entry.length - 4 + huge, 0)
    entry.writeUInt32LE(huge, entry.length - 4)
    writeFileSync(path, entry)
    truncateSync(path, entry.length + huge)
  }),
}

const program = `
const { openMemory, openVcr } = await import(${JSON.stringify(import.meta.resolve('@x07-lab/msg-core'))})
const options = { cassette: process.argv[1], mode: 'replay', live: openMemory, onDivergence: 'report', log() {} }
await openVcr(options).then((vcr) => vcr.close(), (error) => { console.error(error.message); process.exitCode = 3 })`

const readers: Readonly<Record<string, (name: string) => readonly string[]>> = {
  'cassette verify': (name) => [mainFile, 'cassette', 'verify', name],
  'cassette stats': (name) => [mainFile, 'cassette', 'stats', name],
  replay: (name) => [mainFile, 'replay', '--cassette', name],
  openVcr: (name) => ['--input-type=module', '-e', program, name],
}

interface Ended {
  readonly code: number | null
  readonly peakKiB: number
}

/** Runs it and asks the kernel for its peak, and that of what it starts, until it ends. */
async function run(words: readonly string[]): Promise<Ended> {
  const { CI: _ci, NODE_OPTIONS: _options, ...env } = process.env
  const child = spawn(process.execPath, words, { cwd: project.root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  for (const stream of [child.stdout, child.stderr]) stream.resume()
  let peakKiB = 0
  const look = setInterval(() => (peakKiB = Math.max(peakKiB, ...familyOf(child.pid ?? 0).map(peakOf))), 20)
  const [code] = (await once(child, 'close')) as [number | null]
  clearInterval(look)
  return { code, peakKiB }
}

function familyOf(pid: number): number[] {
  const children = (textOf(`/proc/${pid}/task/${pid}/children`) ?? '').split(' ').map(Number)
  return [pid, ...children.filter((child) => child > 0).flatMap(familyOf)]
}

function peakOf(pid: number): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(textOf(`/proc/${pid}/status`) ?? '')?.[1] ?? 0)
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

const told = textOf('/proc/self/status') !== undefined
if (!told) console.log('skipped: memory of hostile cassettes; no /proc here that tells the peak of a process')

describe.skipIf(!told)('at most 300 MiB', () => {
  test.each(
    Object.entries(hostile).flatMap(([what, name]) =>
      Object.entries(readers).map(([reader, words]) => ({ what, reader, words: words(name) })),
    ),
  )('for $what in $reader', async ({ words }) => {
    const { code, peakKiB } = await run(words)
    expect([0, 3]).toContain(code)
    expect(peakKiB).toBeLessThan(maxKiB)
    expect(peakKiB).toBeGreaterThan(0)
  })
})
