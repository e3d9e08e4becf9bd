import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, test } from 'vitest'

import { cassettes, main, node, runVcr, type Ran } from './run-vcr.ts'

const recorded = '127.0.0.1:5672'
const greetings = 'hello Ada\nhello Grace\n'

interface Use {
  readonly folder: string
  readonly isAsBefore: () => boolean
  /** Another broker than that of the recording. */
  readonly other: string
  /** Records what is missing, and stops the program as soon as it waits. */
  readonly stopped: (brokers: string[], env?: Readonly<Record<string, string>>) => Promise<Ran>
  readonly replay: (brokers: string[]) => Promise<Ran>
}

async function withCassette(use: (cassette: Use) => Promise<void>): Promise<void> {
  const root = mkdtempSync(join(tmpdir(), 'vcr-killed-'))
  const folder = join(root, '.x07_rr')
  const file = join(folder, 'service.rrbin')
  cpSync(join(cassettes, '.x07_rr', 'service.rrbin'), file)
  const committed = readFileSync(file)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const other = `127.0.0.1:${port}`
  const own = (brokers: string[]): string[] => [
    '--root',
    root,
    '--cassette',
    'service',
    ...node('idle.mjs'),
    ...brokers,
  ]
  const broker = ['serve', 'service', '--root', cassettes, '--amqp', String(port), '--', process.execPath, main]
  try {
    await use({
      folder,
      isAsBefore: () => readFileSync(file).equals(committed),
      other,
      stopped: (brokers, env) =>
        runVcr([...(brokers.includes(other) ? broker : []), 'record', '--missing', ...own(brokers)], env, (child) => {
          child.stderr?.on('data', (text: string) => text.includes('waits') && child.kill('SIGTERM'))
        }),
      replay: (brokers) => runVcr(['replay', ...own(brokers)]),
    })
  } finally {
    rmSync(root, { recursive: true })
  }
}

describe.concurrent('a program that is stopped while what is missing is recorded', () => {
  test('that dialled nothing new leaves the cassette as it is, and nothing beside it', async () => {
    await withCassette(async ({ folder, isAsBefore, stopped }) => {
      const { code, stdout } = await stopped([recorded])
      expect([code, stdout]).toEqual([143, greetings])
      expect([isAsBefore(), readdirSync(folder)]).toEqual([true, ['service.rrbin']])
    })
  })

  test('has what was missing recorded, and the signal with it', async () => {
    await withCassette(async ({ folder, isAsBefore, other, stopped, replay }) => {
      const { code, stdout } = await stopped([recorded, other])
      expect([code, stdout]).toEqual([143, `${greetings}${greetings}`])
      expect([isAsBefore(), readdirSync(folder)]).toEqual([false, ['service.rrbin']])
      const replayed = await replay([recorded, other])
      expect([replayed.code, replayed.stdout, replayed.stderr]).toEqual([
        143,
        stdout,
        expect.stringContaining('no divergence'),
      ])
    })
  })

  test.each([
    ['has done something else', [recorded], { GREETING: 'goodbye' }, 'service.rrbin stays as it was: '],
    ['has not done all that is recorded', ['', recorded], { EARLY: '1' }, 'before it had done all that is recorded'],
  ])('that %s keeps its cassette', async (_, brokers, env, why) => {
    await withCassette(async ({ isAsBefore, other, stopped }) => {
      const { code, stderr } = await stopped(
        brokers.map((broker) => broker || other),
        env,
      )
      expect([code, stderr]).toEqual([3, expect.stringContaining(why)])
      expect(isAsBefore()).toBe(true)
    })
  })
})
