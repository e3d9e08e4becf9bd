import { hash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { formatUp, up, down, type BrokerDeps } from '../brokers/index.ts'
import type { Console } from '../cli/console.ts'
import { stoppedLine } from '../cli/stop-signals.ts'
import { artefactNames } from '../results/artefacts.ts'
import { exitCodes, UserError } from '../user-error.ts'
import { recordRequest, replayRequest, type DriverName, type RecordRequest, type ReplayRequest } from './request.ts'
import type { CommandResult } from './result.ts'

/** Messages that the demo records. */
const demoMessages = 1_000
/** Its cassette; not one to commit. */
const demoCassette = 'demo.rrbin'

/** What the demo works with. */
export interface DemoContext {
  readonly root: string
  readonly deps: BrokerDeps
  readonly console: Console
  /** Run `lab record` and `lab replay`, and give their exit codes; what they print goes to standard error. */
  readonly record: (request: RecordRequest) => Promise<number>
  readonly replay: (request: ReplayRequest) => Promise<number>
}

/**
 * Records a run on RabbitMQ, however this machine can have one, replays it with no broker and no network, and compares the
 * bytes. Only a machine without any RabbitMQ gets the in-memory driver, and is told so.
 */
export async function demo({ root, deps, console, record, replay }: DemoContext): Promise<CommandResult> {
  const broker = await up('amqp', deps)
  if (broker.outcome === 'up') {
    console.note(
      `broker    RabbitMQ${broker.version === undefined ? '' : ` ${broker.version}`} on ${broker.host}:${broker.port} (${broker.way})`,
    )
  } else {
    console.note('broker    none, so the demo uses the in-memory driver')
    for (const line of formatUp(broker)) console.note(`          ${line}`)
  }
  const driver = broker.outcome === 'up' ? 'amqp' : 'memory'
  try {
    const recorded = join(root, 'out', 'demo', 'recorded')
    const replayed = join(root, 'out', 'demo', 'replayed')
    succeeded('record', await record(demoRecording(driver, recorded)))
    succeeded('replay', await replay({ ...replayRequest({}), cassettes: [demoCassette], out: replayed }))
    return await compare(root, driver, recorded, replayed)
  } finally {
    if (broker.outcome === 'up' && broker.startedNow) await down('amqp', deps)
  }
}

function demoRecording(driver: DriverName, out: string): RecordRequest {
  const input = { kind: 'seed', messages: demoMessages, seed: 1 } as const
  return { ...recordRequest({}), driver, input, cassette: demoCassette, out }
}

function succeeded(step: string, code: number): void {
  if (code === exitCodes.ok) return
  if (code === exitCodes.interrupted) throw new UserError(`demo: ${step} ${stoppedLine}`, exitCodes.interrupted)
  throw new UserError(
    `demo: ${step} ended with exit code ${code}`,
    code === 1 ? exitCodes.mismatch : exitCodes.environment,
  )
}

async function compare(root: string, driver: string, recorded: string, replayed: string): Promise<CommandResult> {
  const rows = await Promise.all(
    artefactNames.map(async (name) => {
      const [before, after] = await Promise.all([readFile(join(recorded, name)), readFile(join(replayed, name))])
      return { name, identical: before.equals(after), bytes: before.length, sha256: hash('sha256', before) }
    }),
  )
  const identical = rows.every((row) => row.identical)
  const [from, to] = [relative(root, recorded), relative(root, replayed)]
  return {
    document: { driver, messages: demoMessages, identical, artefacts: rows, recorded: from, replayed: to },
    lines: [
      ...rows.map(
        (row) =>
          `${row.identical ? 'identical' : 'DIFFERS  '} ${row.name} (${row.bytes} bytes, sha256 ${row.sha256.slice(0, 16)}…)`,
      ),
      identical
        ? `The bytes agree: ${from} was recorded ${driver === 'memory' ? 'in memory' : 'on a real broker'}, ${to} was replayed from .x07_rr/${demoCassette} with no broker and no network.`
        : `The bytes differ: compare ${from} with ${to}.`,
    ],
    exitCode: identical ? exitCodes.ok : exitCodes.mismatch,
  }
}
