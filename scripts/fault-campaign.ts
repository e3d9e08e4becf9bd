/**
 * The fault tests of both drivers, and those of workers that share a topic, with other seeds: the faults meet other messages. On demand,
 * since a seed takes a minute; the live suite runs seed 0.
 *
 *     pnpm test:faults [SEEDS] [NAME]   seeds 1 to SEEDS (default 20), or such as 6-10, of the tests whose names match NAME
 *                                       (default all)
 */
import { spawnSync } from 'node:child_process'

const [seeds = '20', name = '.'] = process.argv.slice(2)
const range = /^(?:([1-9]\d{0,3})-)?([1-9]\d{0,3})$/.exec(seeds)
if (range === null) {
  console.error(`fault-campaign: SEEDS is ${seeds}, expected a whole number from 1 to 9999, or two such as 6-10`)
  process.exit(2)
}
const files = [
  'packages/msg-amqp/test/driver/faults.live.test.ts',
  'packages/msg-kafka/test/driver/faults.live.test.ts',
  'apps/lab/test/workers/campaign.live.test.ts',
]
const args = ['run', '--config', 'vitest.live.config.ts', '--retry', '0', '-t', name, ...files]
const [, first = '1', last] = range
for (let seed = Number(first); seed <= Number(last); seed++) {
  const env = { ...process.env, X07_LAB_FAULT_SEED: String(seed) }
  const { status, stdout } = spawnSync('node_modules/.bin/vitest', args, { env, encoding: 'utf8' })
  console.log(`seed ${seed}: ${status === 0 ? 'held' : 'FAILED'}`)
  if (status === 0) continue
  console.log(stdout)
  process.exitCode = 1
}
