import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { expect, test, vi } from 'vitest'

import { main } from '../src/cli/main.ts'
import { vcr } from '../src/index.ts'
import { otherProcess } from './other-process.ts'
import { cassettes, node, program, runVcr } from './run-vcr.ts'

const temporary = (): string => mkdtempSync(join(tmpdir(), 'vcr-test-'))

test('bytes that begin as AMQP and are not pass untouched, and the recording says so and is none', async () => {
  await using server = await otherProcess('socket.pipe(socket)')
  const root = temporary()
  const tape = await vcr({ cassette: 'odd', root, mode: 'record', ci: false })
  const socket = net.connect(server.port, '127.0.0.1')
  const sent = 'AMQP\0\0\x09\x01this is not AMQP'
  socket.write(sent, 'latin1')
  let echoed = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    echoed += text
    if (echoed.length === sent.length) socket.end()
  })
  await once(socket, 'close')
  await server.close()
  expect(echoed).toBe(sent)
  await expect(tape.close()).rejects.toThrow(/began as amqp and went on with what is not understood/)
  expect(readdirSync(join(root, '.x07_rr')).filter((name) => !name.endsWith('.partial.rrbin'))).toEqual([])
})

test('a connection that is none to a broker is left alone, and leaves no cassette', async () => {
  await using server = await otherProcess("socket.end('hello')")
  const tape = await vcr({ cassette: 'none', root: temporary(), mode: 'record', ci: false })
  const socket = net.connect(server.port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\n\r\n')
  expect(Object.keys(socket)).toEqual(Object.keys(new net.Socket()).filter((name) => name in socket))
  const [text] = (await once(socket, 'data')) as [Buffer]
  expect(text.toString()).toBe('hello')
  socket.destroy()
  await server.close()
  await expect(tape.close()).rejects.toThrow('no connection to a broker was seen')
})

test.each([
  [['record', '--', 'node', 'x.js'], { CI: '1' }, 3, 'CI never records'],
  [
    ['replay', '--cassette', 'not-there', '--root', cassettes, ...node('service.mjs')],
    {},
    3,
    'there is no such cassette',
  ],
  [['serve', 'ordres', '--root', cassettes, '--amqp', '5672'], {}, 3, 'there is no such cassette; did you mean orders'],
  [['replay', '--cassette', 'ordres', '--root', cassettes, ...node('service.mjs')], {}, 3, 'did you mean orders'],
  [['replay', 'service.js'], {}, 2, 'put the command behind --: vcr replay -- service.js'],
  [['replya', '--', 'node', 'x.js'], {}, 2, 'vcr: unknown command "replya", did you mean replay?; see vcr --help'],
  [['replay', '--casette', 'x', '--', 'node', 'x.js'], {}, 2, 'unknown option --casette, did you mean --cassette?'],
  [['serve', '--kafka', '9092'], {}, 2, 'vcr: serve: NAME missing; see vcr serve --help'],
  [['serve', 'orders'], {}, 2, 'say where to listen: --amqp PORT, or --kafka'],
])('vcr %j ends with its exit code and one sentence', async (args, env, code, message) => {
  vi.stubEnv('CI', undefined)
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  const stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    expect(await main(args)).toBe(code)
    expect(stderr.mock.calls).toEqual([[expect.stringMatching(/^vcr: .*\n$/)]])
    expect(stderr.mock.calls[0]?.[0]).toContain(message)
  } finally {
    stderr.mockRestore()
    vi.unstubAllEnvs()
  }
})

test('a program that is not there is told in a sentence, and a process ends with the exit code', async () => {
  const told = 'vcr: run no-such-program: there is no such program; give a path, or one that PATH leads to\n'
  expect(await runVcr(['record', '--', 'no-such-program'])).toEqual({ code: 3, stdout: '', stderr: told })
})

test('a native client is named where nothing else was seen', async () => {
  const root = temporary()
  const file = join(root, 'native.cjs')
  writeFileSync(file, "try { process.dlopen({ exports: {} }, '/nowhere/node-librdkafka.node') } catch {}")
  const { code, stderr } = await runVcr(['record', '--root', root, '--', process.execPath, file])
  expect(code).toBe(3)
  expect(stderr).toContain('node-librdkafka.node is a native client')
})

test('a process that is attached without the command leaves nothing behind', async () => {
  const folder = temporary()
  const env = { ...process.env, TMPDIR: folder, VCR_MODE: 'replay', VCR_CASSETTE: 'service', VCR_ROOT: cassettes }
  const register = fileURLToPath(new URL('../src/register.ts', import.meta.url))
  const ran = spawnSync(process.execPath, ['--import', register, program('service.mjs')], { env, encoding: 'utf8' })
  expect([ran.status, ran.stderr]).toEqual([0, expect.stringContaining('no divergence')])
  expect(readdirSync(folder).filter((name) => name.startsWith('vcr-'))).toEqual([])
})

test('a mode that is not one is the caller’s mistake, told in a line', () => {
  const register = fileURLToPath(new URL('../src/register.ts', import.meta.url))
  const { CI: _ci, ...given } = process.env
  const env = { ...given, VCR_MODE: 'play\u001b[31m', NO_COLOR: '1' }
  const ran = spawnSync(process.execPath, ['--import', register, '-e', 'process.exit(0)'], { env, encoding: 'utf8' })
  expect([ran.status, ran.stderr]).toEqual([
    2,
    'vcr: VCR_MODE is "play\\u001b[31m", must be one of auto, record, record_missing, replay\n',
  ])
})
