import type { Worker } from 'node:worker_threads'
import { createConsole, type Console } from '../cli/console.ts'
import { runInside, type Inside, type SandboxedRequest } from '../cli/run-inside.ts'
import { goOnUnheard } from '../cli/stderr.ts'
import { endWhenUnwritable } from '../cli/stdout.ts'
import { tellLog } from './log-channel.ts'
import { limitHeapGrowth } from './memory.ts'
import { exitCodes } from '../user-error.ts'

/**
 * The inside of a sandboxed run: `sandboxed.ts REQUEST` or `threaded.ts REQUEST`, started by `launch.ts` with the permissions of the
 * profile.
 *
 * @param thread runs `thread.ts`, for the checks of large recordings
 */
export async function runSandboxed(thread?: Worker): Promise<void> {
  const [request = ''] = process.argv.slice(2)
  const stop = new AbortController()
  const console = createConsole(process.stderr, () => performance.now())
  endWhenUnwritable(process.stdout, console)
  goOnUnheard(process.stderr)
  // Asked once it stops in order; asked again by the same signal it ends at once. A terminal that goes away asks more than once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
  process.on('SIGHUP', () => stop.abort())
  // A run that comes to no end is a fault of this program, and never looks like one that went well.
  process.exitCode = exitCodes.bug
  const sandboxed = JSON.parse(request) as SandboxedRequest
  if (sandboxed.isAlone !== true) {
    process.once('disconnect', () => stop.abort())
    if (!process.connected) stop.abort()
    process.channel?.unref()
  }
  const inside = await insideOf(sandboxed, console, stop.signal)
  const { BesideThread } = thread === undefined ? {} : await import('../threads/checks.ts')
  const beside =
    thread === undefined || BesideThread === undefined
      ? {}
      : { beside: new BesideThread(thread, { from: sandboxed.threadFrom }) }
  process.exitCode = await runInside(sandboxed, { ...inside, ...beside })
}

async function insideOf(
  { command, logLevel }: SandboxedRequest,
  console: Console,
  signal: AbortSignal,
): Promise<Inside> {
  const { stdout, env } = process
  const log = logLevel === undefined ? undefined : tellLog(logLevel)
  const shared = {
    ...(log === undefined ? {} : { log }),
    stdin: () => process.stdin,
    stdout,
    console,
    env,
    signal,
    loaded: limitHeapGrowth,
  }
  // What a replay does without takes as long to load as to replay a thousand messages.
  if (command.name === 'replay') return shared
  const [{ answerScrapes }, { askForScan }, { guardNetwork }] = await Promise.all([
    import('../live/answer.ts'),
    import('./ask-scan.ts'),
    import('./guard.ts'),
  ])
  const isServed = command.request.metrics !== undefined
  return { ...shared, ...(isServed ? { serve: answerScrapes } : {}), scan: askForScan, guard: guardNetwork }
}
