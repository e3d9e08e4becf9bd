import { createConsole } from './cli/console.ts'
import { runInside, type SandboxedRequest } from './cli/run-inside.ts'
import { goOnUnheard } from './cli/stderr.ts'
import { endWhenUnwritable } from './cli/stdout.ts'
import { answerScrapes } from './live/answer.ts'
import { askForScan } from './sandbox/ask-scan.ts'
import { tellLog } from './sandbox/log-channel.ts'
import { guardNetwork } from './sandbox/guard.ts'
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
process.once('disconnect', () => stop.abort())
if (!process.connected) stop.abort()
process.channel?.unref()

const { stdout, env } = process
// A run that comes to no end is a fault of this program, and never looks like one that went well.
process.exitCode = exitCodes.bug
const sandboxed = JSON.parse(request) as SandboxedRequest
const log = sandboxed.logLevel === undefined ? undefined : tellLog(sandboxed.logLevel)
const { command } = sandboxed
const isServed = command.name === 'record' && command.request.metrics !== undefined
void runInside(sandboxed, {
  ...(isServed ? { serve: answerScrapes } : {}),
  ...(log === undefined ? {} : { log }),
  stdin: () => process.stdin,
  stdout,
  console,
  env,
  signal: stop.signal,
  scan: askForScan,
  guard: guardNetwork,
}).then((code) => {
  process.exitCode = code
})
