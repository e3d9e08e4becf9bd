import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startTestNode, systemDeps } from '../../src/brokers/index.ts'
import { createProject } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const profile = 'arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json'

interface Totals {
  readonly keys: readonly { readonly key: string }[]
}

test('workers by key get every message of a key to the same one, on a broker of their own', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'lab-by-key-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const started = await startTestNode('amqp', folder, systemDeps({ env: process.env, repo: repository }))
  if ('missing' in started) {
    context.skip(`no RabbitMQ of its own: ${started.missing}`)
    return
  }
  await using node = started.node
  using project = createProject()
  project.edit(profile, '5672', String(node.port))
  project.edit('arch/policy/os_record.policy.json', '[5672, 9092]', `[${node.port}, 9092]`)
  const events = ['--messages', '600', '--seed', '7']
  const workers = ['--driver', 'amqp', '--workers', '2', '--by-key', '--idle', '3', '--cassette', 'shared']
  const { code, stderr } = await project.lab(['record', ...workers, ...events])
  expect([code, code === 0 ? '' : stderr]).toEqual([0, ''])
  expect((await project.lab(['record', '--driver', 'memory', ...events, '--out', 'out/single'])).code).toBe(0)
  expect(project.read('out/merged/aggregate.json')).toEqual(project.read('out/single/aggregate.json'))
  const keysOf = (out: string): readonly string[] =>
    (JSON.parse(project.read(`${out}/aggregate.json`).toString()) as Totals).keys.map(({ key }) => key)
  const [first, second] = [keysOf('out/workers/1-of-2'), keysOf('out/workers/2-of-2')]
  expect([first.length > 0, second.length > 0]).toEqual([true, true])
  expect([...first, ...second].sort()).toEqual([...keysOf('out/single')].sort())
})
