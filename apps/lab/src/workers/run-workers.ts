import { randomBytes } from 'node:crypto'
import { openLiveDriver, secretVariable } from '../drivers/open-driver.ts'
import { runRecord, type SandboxedOptions } from '../cli/run-sandboxed.ts'
import type { OptionValues } from '@x07-lab/msg-core/command-line'
import { workRequest, type RecordRequest } from '../commands/request.ts'
import { merge } from '../commands/merge.ts'
import { removed } from '../commands/record.ts'
import type { CommandResult } from '../commands/result.ts'
import { dialerCheck } from '../sandbox/dialer.ts'
import { readSandboxPolicy } from '../sandbox/policy.ts'
import { exitCodes, UserError } from '../user-error.ts'

/** Workers on one machine at most. */
const maxWorkers = 64
/** Times that a worker which died is started again. */
const restarts = 3

/**
 * Records with several workers on this machine, each a process of its own, and merges what they recorded. One that dies is started again:
 * its group has given its messages to the others, and it publishes its own once more.
 *
 * @throws UserError for options that do not go with workers, or where a worker fails
 */
export async function runWorkers(
  count: string,
  options: OptionValues,
  where: SandboxedOptions,
  note: (line: string) => void,
): Promise<CommandResult> {
  const workers = Number(count)
  if (!/^[1-9]\d?$/.test(count) || workers > maxWorkers) {
    throw new UserError(`record: --workers ${JSON.stringify(count)}: give a number from 1 to ${maxWorkers}`)
  }
  const { workers: _, driver = 'amqp', keep, mode, input, foreign, run, ...rest } = options
  const odd = Object.entries({ mode, input, foreign }).filter(([, value]) => value !== undefined)
  if (odd.length > 0 || driver === 'memory') {
    const what = driver === 'memory' ? '--driver memory' : `--${odd[0]?.[0] ?? ''}`
    throw new UserError(`record: --workers does not go with ${what}; workers make up their events and share a broker`)
  }
  const group = typeof run === 'string' ? run : randomBytes(6).toString('hex')
  const requests = Array.from({ length: workers }, (_one, at) =>
    workRequest({ ...rest, driver, group, shard: `${at + 1}/${workers}` }),
  )
  const codes = await Promise.all(requests.map((request) => runWorker(request, where, note)))
  if (keep !== true) await removed(() => removeTopology(requests[0], where, group), note)
  const failed = codes.findIndex((code) => code !== 0)
  if (failed >= 0)
    throw new UserError(
      `record: worker ${failed + 1} of ${workers} failed; what it said is above`,
      exitCodes.environment,
    )
  const { cassette = 'lab' } = rest
  return merge(where.root, String(cassette), typeof rest['out'] === 'string' ? rest['out'] : undefined)
}

async function runWorker(
  request: RecordRequest,
  where: SandboxedOptions,
  note: (line: string) => void,
): Promise<number> {
  const { index, count } = request.worker?.shard ?? { index: 1, count: 1 }
  // Results of their own would be one on top of the other.
  const own = { ...request, out: `out/workers/${index}-of-${count}` }
  for (let tries = 0; ; tries++) {
    try {
      return await runRecord(own, { ...where, results: 'stderr' })
    } catch (error) {
      const died = error instanceof UserError && error.exitCode === exitCodes.environment && tries < restarts
      if (!died) throw error
      note(`worker ${index} of ${count} died and is started again: ${error.message}`)
    }
  }
}

async function removeTopology(
  request: RecordRequest | undefined,
  where: SandboxedOptions,
  group: string,
): Promise<void> {
  const policy = await readSandboxPolicy(where.root, 'os_record')
  const live = await openLiveDriver(request?.driver ?? 'kafka', {
    root: where.root,
    run: group,
    authorize: dialerCheck(policy),
    secret: (id) => where.env[secretVariable(id)] ?? '',
    log() {},
    worker: request?.worker,
  })
  try {
    await live.remove()
  } finally {
    await live.driver.close()
  }
}
