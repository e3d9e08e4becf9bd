import { createConsole } from './cli/console.ts'
import { runInside, type Inside, type SandboxedRequest } from './cli/run-inside.ts'
import { goOnUnheard } from './cli/stderr.ts'
import { endWhenUnwritable } from './cli/stdout.ts'
import { tellLog } from './sandbox/log-channel.ts'
import { limitHeapGrowth } from './sandbox/memory.ts'
import { exitCodes } from './user-error.ts'

/** The inside of a sandboxed run: `sandboxed.ts REQUEST`, started by `sandbox/launch.ts` with the permissions of the profile. */
const [request = ''] = process.argv.slice(2)
const stop = new AbortController()
const console = createConsole(process.stderr, () => performance.now())
endWhenUnwritable(process.stdout, console)
goOnUnheard(process.stderr)
// Asked once it stops in order; asked again by the same signal it ends at once. A terminal that goes away asks more than once.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort())
process.on('SIGHUP', () => stop.abort())
const { stdout, env } = process
// A run that comes to no end is a fault of this program, and never looks like one that went well.
process.exitCode = exitCodes.bug
const sandboxed = JSON.parse(request) as SandboxedRequest
if (sandboxed.isAlone !== true) {
  process.once('disconnect', () => stop.abort())
  if (!process.connected) stop.abort()
  process.channel?.unref()
}
const log = sandboxed.logLevel === undefined ? undefined : tellLog(sandboxed.logLevel)
void insideOf(sandboxed)
  .then((inside) => runInside(sandboxed, inside))
  .then((code) => {
    process.exitCode = code
  })

async function insideOf({ command }: SandboxedRequest): Promise<Inside> {
  const shared = {
    ...(log === undefined ? {} : { log }),
    stdin: () => process.stdin,
    stdout,
    console,
    env,
    signal: stop.signal,
    loaded: limitHeapGrowth,
  }
  // What a replay does without takes as long to load as to replay a thousand messages.
  if (command.name === 'replay') return shared
  const [{ answerScrapes }, { askForScan }, { guardNetwork }] = await Promise.all([
    import('./live/answer.ts'),
    import('./sandbox/ask-scan.ts'),
    import('./sandbox/guard.ts'),
  ])
  const isServed = command.request.metrics !== undefined
  return { ...shared, ...(isServed ? { serve: answerScrapes } : {}), scan: askForScan, guard: guardNetwork }
}
