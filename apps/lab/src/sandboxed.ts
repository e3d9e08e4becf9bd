import { join, resolve } from 'node:path'
import { canonicalJson } from '@x07-lab/msg-core/format'
import { createConsole } from './cli/console.ts'
import { parseCommandLine } from './cli/parse.ts'
import { renderRecord, renderReplay } from './cli/render.ts'
import { reportError } from './cli/report-error.ts'
import { goOnUnheard } from './cli/stderr.ts'
import { endWhenUnwritable, printJson, printLines } from './cli/stdout.ts'
import { committedCassettes } from './commands/committed.ts'
import type { ReplayOutcome } from './commands/replay.ts'
import { recordRequest, replayRequest } from './commands/request.ts'
import { profiles, readSandboxPolicy, type ProfileName } from './sandbox/policy.ts'
import { exitCodes, type ExitCode } from './user-error.ts'

/**
 * The inside of a sandboxed run: `sandboxed.ts ROOT CASSETTE_ROOT PROFILE COMMAND [OPTIONS]`, started by `sandbox/launch.ts` with the
 * permissions of the profile.
 */
const [root = '', cassetteRoot = '', profile = '', ...args] = process.argv.slice(2)
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

async function run(): Promise<ExitCode> {
  const parsed = parseCommandLine(args)
  if (parsed.kind === 'help') return exitCodes.ok
  if (parsed.name === 'record') {
    const request = recordRequest(parsed.options)
    const policy = await readSandboxPolicy(root, profile as ProfileName)
    const out = request.out === undefined ? join(root, 'out', profile) : resolve(request.out)
    const { record } = await import('./commands/record.ts')
    const outcome = await record(request, { root, policy, out, console, env: process.env, signal: stop.signal })
    await print(request.json, outcome, renderRecord(outcome))
    return exitCodes.ok
  }
  const request = replayRequest(parsed.options)
  const base = request.out === undefined ? join(root, 'out', profile) : resolve(request.out)
  const { replayOne } = await import('./commands/replay.ts')
  const outcomes: ReplayOutcome[] = []
  const cassettes = request.cassettes.length === 0 ? await committedCassettes(root) : request.cassettes
  for (const name of cassettes) {
    // Several cassettes get a folder each; one has the folder to itself.
    const out =
      cassettes.length > 1 || request.profile === 'ci_replay' ? join(base, name.replace(/\.rrbin$/, '')) : base
    const outcome = await replayOne(name, out, request, { root, cassetteRoot, console, signal: stop.signal })
    outcomes.push(outcome)
    if (!request.json) await print(false, undefined, renderReplay(outcome))
  }
  if (request.json)
    await print(true, { replays: outcomes, identical: outcomes.every(({ identical }) => identical) }, [])
  return outcomes.every(({ identical }) => identical) ? exitCodes.ok : exitCodes.mismatch
}

async function print(json: boolean, document: unknown, lines: readonly string[]): Promise<void> {
  if (json) await printJson(process.stdout, canonicalJson(document))
  else printLines(process.stdout, lines)
}

try {
  process.exitCode = await run()
} catch (error) {
  const { line, exitCode } = reportError(error, {
    debug: process.env['X07_LAB_DEBUG'] === '1',
    policyFile: profiles[profile as ProfileName].policy,
  })
  for (const one of `lab: ${line}`.split('\n')) console.note(one)
  process.exitCode = exitCode
}
