import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { status, systemDeps } from '../../src/brokers/index.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

const broker = await status('amqp', systemDeps({ env: process.env, repo: repository }))
if (broker.state !== 'up') console.log(`skipped: RabbitMQ is ${broker.state} on ${broker.host}:${broker.port}`)

test.runIf(broker.state === 'up')('the program in the README records the first time and replays the second', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  folders.push(folder)
  const run = () =>
    execFileSync(process.execPath, [join(import.meta.dirname, 'program.ts')], {
      cwd: folder,
      encoding: 'utf8',
      env: {},
    })
  expect([run(), run()]).toEqual(['record: {"hello":"world"}\n', 'replay: {"hello":"world"}\n'])
})
