import {
  cpSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { page } from '../../../src/commands/cassette/page.ts'
import { exitCodes } from '../../../src/user-error.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..', '..')

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'page-'))
  mkdirSync(join(root, '.x07_rr'))
  cpSync(join(repository, '.x07_rr', 'kafka-orders.rrbin'), join(root, '.x07_rr', 'kafka-orders.rrbin'))
})
afterEach(() => rmSync(root, { recursive: true }))

function indexOf(file: string): { name: string; entries: number; divergences: unknown[]; tracks: string[] }[] {
  const json = /id="recordings">([^<]*)</.exec(readFileSync(file, 'utf8'))?.[1] ?? '[]'
  return JSON.parse(json) as ReturnType<typeof indexOf>
}

describe('cassette page', () => {
  test('writes one file, no larger than the cassette, with a lane for each partition', async () => {
    const { exitCode } = await page(root, { files: ['kafka-orders'] })
    expect(exitCode).toBe(0)
    const file = join(root, 'out', 'pages', 'kafka-orders.html')
    const [recording] = indexOf(file)
    expect(recording).toMatchObject({ name: 'kafka-orders.rrbin', entries: 2_405, divergences: [] })
    expect(recording?.tracks).toContain('lab.events/2 delivered, local_kafka_v1')
    expect(statSync(file).size).toBeLessThan(statSync(join(root, '.x07_rr', 'kafka-orders.rrbin')).size)
  })

  test('marks the divergences of a report, in its words', async () => {
    const report = join(root, 'report.json')
    const divergence = {
      kind: 'settled_differently',
      op: 'std.msg.kafka.poll_env_v1',
      key: 'local_kafka_v1',
      entry: 1_300,
      recorded: 'ack',
      now: 'reject',
    }
    writeFileSync(report, JSON.stringify({ outcomes: [{ divergences: [divergence], divergenceCount: 1 }] }))
    const out = join(root, 'p.html')
    await page(root, { files: ['kafka-orders'], report, out })
    expect(indexOf(out)[0]?.divergences).toEqual([
      expect.objectContaining({ entry: 1_300, text: expect.stringContaining('entry 1300') as unknown }),
    ])
  })

  test('compares two', async () => {
    cpSync(join(repository, '.x07_rr', 'greetings.rrbin'), join(root, '.x07_rr', 'greetings.rrbin'))
    const out = join(root, 'p.html')
    await page(root, { files: ['greetings', join(root, '.x07_rr', 'greetings')], out })
    expect(indexOf(out).map(({ name, divergences }) => [name, divergences])).toEqual([
      ['greetings.rrbin', []],
      ['greetings.rrbin', []],
    ])
    await expect(page(root, { files: ['a', 'b', 'c'] })).rejects.toThrow(
      'give one cassette, or two to compare; 3 are given',
    )
  })

  test('writes through no link', async () => {
    mkdirSync(join(root, 'elsewhere'))
    symlinkSync(join(root, 'elsewhere'), join(root, 'out'))
    await expect(page(root, { files: ['kafka-orders'] })).rejects.toMatchObject({
      name: 'UserError',
      exitCode: exitCodes.environment,
      message: `write ${join(root, 'out/pages/kafka-orders.html')}: out is a symlink, which may lead anywhere; give another file with --out`,
    })
  })
  test('replaces what has another name, and follows no link that leads to the place', async () => {
    const [precious, file] = [join(root, 'precious'), join(root, 'page.html')]
    writeFileSync(precious, 'precious')
    linkSync(precious, file)
    await page(root, { files: ['kafka-orders'], out: file })
    expect(indexOf(file)).toHaveLength(1)
    mkdirSync(join(root, 'elsewhere'))
    symlinkSync('elsewhere', join(root, 'link'))
    await expect(page(root, { files: ['kafka-orders'], out: join(root, 'link/new/p.html') })).rejects.toThrow(
      'link is a symlink, which may lead anywhere; give another file with --out',
    )
    expect(readdirSync(join(root, 'elsewhere'))).toEqual([])
    expect(readFileSync(precious, 'utf8')).toBe('precious')
  })
})
