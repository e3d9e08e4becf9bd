import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ls } from '../../../src/commands/cassette/ls.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..', '..')

let root = ''
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ls-'))
  mkdirSync(join(root, '.x07_rr'))
})
afterEach(() => rmSync(root, { recursive: true }))

/** Puts a file below `.x07_rr/`, last written on a known day. */
function put(name: string, content: string | { readonly from: string }): void {
  const path = join(root, '.x07_rr', name)
  mkdirSync(dirname(path), { recursive: true })
  if (typeof content === 'string') writeFileSync(path, content)
  else cpSync(join(repository, '.x07_rr', content.from), path)
  utimesSync(path, new Date(0), new Date(0))
}

describe('cassette ls', () => {
  test('lists what is called like a cassette, in the order of the names', async () => {
    for (const name of ['a.rrbin', 'b.x07rr.bin', 'c.bin', 'd', 'e.1.partial.rrbin', 'folder.rrbin/f.rrbin'])
      put(name, 'x')
    expect((await ls(root)).lines).toEqual([
      '1  1970-01-01  -  0 messages  unreadable  a.rrbin',
      '1  1970-01-01  -  0 messages  unreadable  b.x07rr.bin',
      '1  1970-01-01  -  0 messages  unreadable  c.bin',
      '1  1970-01-01  -  0 messages  unfinished  e.1.partial.rrbin',
      '1  1970-01-01  -  0 messages  unreadable  folder.rrbin/f.rrbin',
      '1 left over from runs that ended early; pnpm lab cassette clean removes them',
    ])
  })

  test('tells broker, messages, seal and pin, and that the contracts are others now', async () => {
    put('orders.rrbin', { from: 'amqp-orders.rrbin' })
    put('copy.rrbin', { from: 'amqp-orders.rrbin' })
    put('other.rrbin', '')
    const sha256 = '4a2dc6bddc598d0f59145609b70dc9ef65c145d142e3f948221d5efd32b5cb89'
    const pins = { '.x07_rr/orders.rrbin': { sha256 }, '.x07_rr/copy.rrbin': { sha256: 'f'.repeat(64) } }
    put('cassettes.lock.json', JSON.stringify({ cassettes: pins }))
    expect((await ls(root)).lines).toEqual([
      '1836893  1970-01-01  RabbitMQ 3.10.8  2000 messages  sealed, changed since it was pinned, stale  copy.rrbin',
      '1836893  1970-01-01  RabbitMQ 3.10.8  2000 messages  sealed, pinned, stale                       orders.rrbin',
      '      0  1970-01-01  -                0 messages     unsealed                                    other.rrbin',
    ])
  })

  test('counts the messages of a program recorded at its socket, and those of a recording that is not finished', async () => {
    const socket = join(repository, 'packages', 'vcr', 'test', 'cassettes', '.x07_rr', 'kafka-orders.rrbin')
    const whole = readFileSync(join(repository, '.x07_rr', 'greetings.rrbin'))
    writeFileSync(join(root, '.x07_rr', 'socket.rrbin'), readFileSync(socket))
    // Cut in its second entry, with the room that a recording keeps behind it.
    const second = 4 + whole.readUInt32LE(0)
    const cut = Buffer.concat([whole.subarray(0, second + 10), Buffer.alloc(4_096)])
    writeFileSync(join(root, '.x07_rr', 'cut.0a1b2c3d.partial.rrbin'), cut)
    writeFileSync(join(root, '.x07_rr', 'room.0a1b2c3d.partial.rrbin'), Buffer.concat([whole, Buffer.alloc(64)]))
    const { document } = await ls(root)
    expect(document).toMatchObject({
      cassettes: [
        { name: 'cut.0a1b2c3d.partial.rrbin', messages: 1, entries: 1, finished: false },
        { name: 'room.0a1b2c3d.partial.rrbin', messages: 2, finished: false },
        { name: 'socket.rrbin', messages: 6, finished: true, seal: 'sealed' },
      ],
    })
  })

  test('waits for no pipe in the place of the lock', async () => {
    put('a.rrbin', 'x')
    execFileSync('mkfifo', [join(root, '.x07_rr', 'cassettes.lock.json')])
    expect((await ls(root)).lines).toEqual(['1  1970-01-01  -  0 messages  unreadable  a.rrbin'])
  })

  test('says what to do where there is none', async () => {
    expect((await ls(root)).lines).toEqual(['no cassettes; pnpm lab record makes one'])
  })
})
