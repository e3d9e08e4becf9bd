import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, statSync, watch } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { startTestNode, systemDeps } from '../../src/brokers/index.ts'
import { commandOf, createProject, type Project } from '../support/project.ts'
import { brokers, type Broker } from './support/live.ts'

const repo = join(import.meta.dirname, '../../../..')
/** The program's own retries, which no option shortens: half a minute and a minute. */
const giveUpTimeoutMs = 240_000
/** Bytes of a cassette after which the broker is killed: some hundred entries, of many thousand. */
const killAfterBytes = 200_000

/** Points the contracts of a project at another port. */
function pointAt(project: Project, broker: Broker, port: number): void {
  const [profile, policy] = [
    {
      amqp: 'arch/msg/amqp/profiles/local_amqp_v1.amqp_profile.json',
      kafka: 'arch/msg/kafka/profiles/local_kafka_v1.kafka_profile.json',
    }[broker],
    'arch/policy/os_record.policy.json',
  ]
  const usual = { amqp: '5672', kafka: '9092' }[broker]
  for (const file of [profile, policy]) project.edit(file, usual, String(port))
}

/** Runs a recording in a project, and `interrupt` once so many bytes are recorded. */
async function recordUntil(project: Project, args: readonly string[], interrupt: () => Promise<void>) {
  mkdirSync(project.path('.x07_rr'))
  const { command, args: all, env } = commandOf(['record', ...args])
  const child = spawn(command, all, { cwd: project.root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (said[name] += text))
  }
  let interrupted: Promise<void> | undefined
  const watcher = watch(project.path('.x07_rr'), (_event, name) => {
    const size = name === null ? 0 : (statSync(project.path('.x07_rr', name), { throwIfNoEntry: false })?.size ?? 0)
    if (size >= killAfterBytes) interrupted ??= interrupt()
  })
  const [code] = (await once(child, 'close')) as [number | null]
  watcher.close()
  await interrupted
  return { code, ...said, interrupted: interrupted !== undefined }
}

describe.concurrent.each(brokers)('lab record against %s that is killed and stays away', (broker) => {
  test(
    'gives up with exit code 3 and one line, and keeps what it recorded',
    { timeout: giveUpTimeoutMs },
    async (context) => {
      const folder = await mkdtemp(join(tmpdir(), `lab-away-${broker}-`))
      try {
        const started = await startTestNode(broker, folder, systemDeps({ env: process.env, repo }))
        if ('missing' in started) {
          console.log(`skipped: no ${broker} broker of its own to kill: ${started.missing}`)
          return context.skip()
        }
        await using node = started.node
        using project = createProject()
        pointAt(project, broker, node.port)
        const ran = await recordUntil(project, ['--driver', broker, '--messages', '200000'], () => node.kill())
        expect(ran).toMatchObject({ interrupted: true, code: 3, stdout: '' })
        expect(ran.stderr).toMatch(/^lab: .+\n$/)
        const kept = /; what was recorded until then is in \.x07_rr\/(lab\.[0-9a-f]{8}\.partial\.rrbin)\n$/
        expect(ran.stderr).toMatch(kept)
        const [, partial = ''] = kept.exec(ran.stderr) ?? []
        expect(existsSync(project.path('.x07_rr', partial))).toBe(true)
        // Half a run is kept for looking at, and is no cassette.
        expect((await project.process(['cassette', 'verify', partial])).code).not.toBe(0)
        expect((await project.process(['replay'])).code).toBe(3)
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    },
  )
})
