import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openLiveDriver } from '../../src/drivers/open-driver.ts'
import { seededNumbers } from '../../src/events/random.ts'
import { dialerCheck } from '../../src/sandbox/dialer.ts'
import { readSandboxPolicy } from '../../src/sandbox/policy.ts'
import { brokers } from '../faults/support/live.ts'
import { faultSeed } from '../faults/support/seed.ts'
import { createProject, type Project, type Started } from '../support/project.ts'
import { startKafkaCluster } from './support/kafka-cluster.ts'

// Each seed lets other workers join, leave and die at other moments. `pnpm test:faults 20 workers` runs twenty of them, and
// X07_LAB_FAULT_WORKERS=8 with as many workers; by default there are two or three.

const messages = ['--messages', '3000', '--seed', '7']
const profile = 'arch/msg/kafka/profiles/local_kafka_v1.kafka_profile.json'
const policy = 'arch/policy/os_record.policy.json'

/** What happens to the workers of a seed. */
interface Plan {
  readonly count: number
  /** The one that is ended while it works, and how: killed, or asked to leave as Ctrl-C does. */
  readonly victim: number
  readonly by: 'SIGKILL' | 'SIGINT'
  /** What is recorded when it is ended, in bytes of one of the cassettes. */
  readonly after: number
  /** Workers that join when something is recorded already. */
  readonly late: number
}

function planOf(seed: number): Plan {
  const random = seededNumbers(seed + 1_000)
  const count = Number(process.env['X07_LAB_FAULT_WORKERS'] ?? 2 + random(2))
  return {
    count,
    victim: 1 + random(count),
    by: random(2) === 0 ? 'SIGKILL' : 'SIGINT',
    after: 50_000 + random(300_000),
    late: random(count),
  }
}

/** Runs the workers of a plan to their end and merges; `during` happens with the end of the victim. */
async function runPlan(project: Project, plan: Plan, group: string, during: () => Promise<void>): Promise<void> {
  const { count, victim, by, after, late } = plan
  const start = (index: number): Started =>
    project.start(
      `work --driver kafka --group ${group} --shard ${index}/${count} --idle 4 --cassette shared`
        .split(' ')
        .concat(messages),
    )
  const isLate = (index: number): boolean => index > count - late && index !== victim
  const indexes = Array.from({ length: count }, (_, at) => at + 1)
  const something = project.recorded(20_000)
  const enough = project.recorded(after)
  const running = new Map(indexes.filter((index) => !isLate(index)).map((index) => [index, start(index)]))
  await something
  for (const index of indexes.filter(isLate)) running.set(index, start(index))
  const first = running.get(victim)
  // It may have been quicker than what is waited for.
  await Promise.race([enough, first?.ended])
  const { pid = 0 } = first?.child ?? {}
  const strike = (): void => {
    try {
      process.kill(-pid, by)
    } catch {
      // It has ended.
    }
  }
  strike()
  await during()
  const ran = await first?.ended
  if (ran?.code !== 0) running.set(victim, start(victim))
  for (const [index, { ended }] of running) {
    const { code, stderr } = await ended
    expect([index, code, code === 0 ? '' : stderr]).toEqual([index, 0, ''])
  }
}

/** `lab work` leaves its topic there, since others may still read it. */
async function removeTopic(root: string, group: string): Promise<void> {
  const authorize = dialerCheck(await readSandboxPolicy(root, 'os_record'))
  const live = await openLiveDriver('kafka', { root, run: group, authorize, secret: () => '', log() {} })
  try {
    await live.remove()
  } finally {
    await live.driver.close()
  }
}

async function expectUndisturbed(project: Project): Promise<void> {
  const merged = await project.lab(['merge', 'shared'])
  expect(merged.stdout).toMatch(/^merged {4}3000 messages/)
  expect((await project.lab(['record', '--driver', 'memory', ...messages, '--out', 'out/single'])).code).toBe(0)
  expect(project.read('out/merged/aggregate.json')).toEqual(project.read('out/single/aggregate.json'))
}

describe.skipIf(!brokers.includes('kafka'))('workers that join, leave and die', () => {
  test(`come to the aggregate of the undisturbed run, seed ${faultSeed}`, { timeout: 300_000 }, async () => {
    const project = createProject()
    onTestFinished(() => project[Symbol.dispose]())
    const group = `campaign-${process.pid}-${faultSeed}`
    onTestFinished(() => removeTopic(project.root, group))
    await runPlan(project, planOf(faultSeed), group, () => Promise.resolve())
    await expectUndisturbed(project)
  })

  test(
    `come to it although one of three brokers is killed too, seed ${faultSeed}`,
    { timeout: 600_000 },
    async (context) => {
      const folder = await mkdtemp(join(tmpdir(), 'lab-cluster-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true }))
      const cluster = await startKafkaCluster(folder)
      if ('missing' in cluster) {
        context.skip(`no three brokers of Kafka: ${cluster.missing}`)
        return
      }
      await using stack = new AsyncDisposableStack()
      stack.use(cluster)
      using project = createProject()
      project.edit(profile, '"127.0.0.1:9092"', cluster.ports.map((port) => `"127.0.0.1:${port}"`).join(', '))
      project.edit(policy, '[5672, 9092]', `[${[5672, ...cluster.ports].join(', ')}]`)
      const plan = planOf(faultSeed)
      await runPlan(project, plan, `cluster-${faultSeed}`, () => cluster.kill(faultSeed % 3))
      await expectUndisturbed(project)
    },
  )
})
