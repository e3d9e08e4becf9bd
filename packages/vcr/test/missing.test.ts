import { once } from 'node:events'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { cassettes, main, node, runVcr } from './run-vcr.ts'

const root = mkdtempSync(join(tmpdir(), 'vcr-missing-'))
const folder = join(root, '.x07_rr')
const file = join(folder, 'service.rrbin')
cpSync(join(cassettes, '.x07_rr', 'service.rrbin'), file)
const committed = readFileSync(file)
const own = ['--root', root, '--cassette', 'service', ...node('greet-twice.mjs')]

afterAll(() => rmSync(root, { recursive: true }))

test('where nothing is missing the cassette stays as it is', async () => {
  const ran = await runVcr(['record', '--missing', ...own])
  expect([ran.code, ran.stdout]).toEqual([0, 'hello Ada\nhello Grace\n'])
  expect(readFileSync(file).equals(committed)).toBe(true)
  expect(readdirSync(folder)).toEqual(['service.rrbin'])
})

test('what a recorded connection does otherwise ends the recording, and the cassette stays as it is', async () => {
  const ran = await runVcr(['record', '--missing', ...own], { GREETING: 'goodbye' })
  expect(ran.stderr).toContain('service.rrbin stays as it was')
  expect(ran.stderr).toContain('only whole connections can be added, record it anew')
  expect(ran.code).toBe(3)
  expect(readFileSync(file).equals(committed)).toBe(true)
})

test('a connection that the cassette does not have goes to its broker, and both replay from then on', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  const env = { VCR_TEST_BROKER: `127.0.0.1:${port}` }
  const broker = ['serve', 'service', '--root', cassettes, '--amqp', String(port)]
  const record = [process.execPath, main, 'record', '--missing', ...own]
  const ran = await runVcr([...broker, '--', ...record], env)
  const twice = 'hello Ada\nhello Grace\nhello Ada\nhello Grace\n'
  expect([ran.code, ran.stdout, ran.stderr]).toEqual([0, twice, expect.stringContaining('no divergence')])
  expect(readFileSync(file).equals(committed)).toBe(false)
  const replayed = await runVcr(['replay', ...own], env)
  expect([replayed.code, replayed.stdout, replayed.stderr]).toEqual([
    0,
    twice,
    expect.stringContaining('no divergence'),
  ])
  const shorter = await runVcr(['replay', ...own])
  expect(shorter.code).toBe(1)
})
