import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { programRoot } from '../root.ts'
import { insteadWhenAsked, stoppedLine, stopSignals } from '../cli/stop-signals.ts'
import type { Log, LogLevel } from '@x07-lab/obs'
import type { MetricsServer } from '../live/server.ts'
import { answerScans } from './ask-scan.ts'
import { writeTold } from './log-channel.ts'
import { memoryEnv, memoryFlags } from './memory.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { SandboxedRequest } from '../cli/run-inside.ts'
import type { SandboxPolicy } from './policy.ts'

/** What a sandboxed run needs beyond its policy, because the person asked for it by option. */
export interface LaunchRequest {
  /** What the child does. */
  readonly request: SandboxedRequest
  readonly policy: SandboxPolicy
  /** Folders and files named by options. */
  readonly extraReads: readonly string[]
  readonly extraWrites: readonly string[]
  /** False for a run that needs no connection: then none is possible. */
  readonly network: boolean
  /** Whether the child starts a thread for checks, before it loads anything: then it gives up starting more. */
  readonly thread?: boolean
  /** Where the child's results go: this program's standard output (default), or its standard error. */
  readonly results?: 'stdout' | 'stderr'
  /** Serves what the child measures. */
  readonly metrics?: Pick<MetricsServer, 'attach'>
  /** Writes what the child logs. */
  readonly log?: { readonly log: Log; readonly level: LogLevel }
}

const entryPoint = fileURLToPath(import.meta.resolve('../sandboxed.ts'))
const threadedEntryPoint = fileURLToPath(import.meta.resolve('../threaded.ts'))

/** Handed to the child beside what the policy lists: they steer output, not access. */
const harmlessEnv = ['PATH', 'TERM', 'NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'LANG', 'TZ']

/**
 * Node's flags that hold a process to a policy, and to what options name beside it.
 *
 * @param network false for a run that needs no connection: then none is possible, whatever the policy lists
 */
export function sandboxFlags({
  root,
  policy,
  extraReads,
  extraWrites,
  network,
  thread,
}: Pick<LaunchRequest, 'policy' | 'extraReads' | 'extraWrites' | 'network' | 'thread'> & {
  readonly root: string
}): string[] {
  const reads = new Set([...policy.readRoots.map((folder) => resolve(root, folder)), programRoot, ...extraReads])
  const writes = new Set([...policy.writeRoots.map((folder) => resolve(root, folder)), ...extraWrites])
  return [
    '--permission',
    ...(network && policy.allowed.length > 0 ? ['--allow-net'] : []),
    ...(thread === true && policy.threads > 0 ? ['--allow-worker'] : []),
    ...grantsOf([...reads, ...writes]).map((path) => `--allow-fs-read=${path}`),
    // As written alone: where a link leads is not what the policy names.
    ...[...writes]
      .flatMap(below)
      .sort()
      .map((path) => `--allow-fs-write=${path}`),
    '--disable-warning=ExperimentalWarning',
    '--disable-warning=SecurityWarning',
  ]
}

/**
 * Runs a command as {@link launch} does, but in the place of this process where nothing has to be answered from outside while it
 * runs: two processes at once cost more than a short replay. The sandbox is the same.
 */
export function launchInPlace(request: LaunchRequest): Promise<number> {
  const { request: inside, log, metrics, results } = request
  const isAnswered =
    inside.command.name === 'record' || log !== undefined || metrics !== undefined || results === 'stderr'
  if (isAnswered || process.execve === undefined || process.platform === 'win32') return launch(request)
  const { args, env } = childOf(request, { ...inside, isAlone: true })
  for (const stream of [process.stdout, process.stderr]) leaveBlocking(stream)
  return process.execve(process.execPath, [process.execPath, ...args], env)
}

/** A pipe is shared with programs that come later; Node leaves it as it found it, and what comes now would find it as Node has it. */
function leaveBlocking(stream: Writable & { readonly _handle?: { setBlocking?(blocking: boolean): void } }): void {
  stream._handle?.setBlocking?.(true)
}

/** The arguments of Node, and the environment, of a sandboxed process. */
function childOf(request: LaunchRequest, inside: SandboxedRequest): { args: string[]; env: Record<string, string> } {
  const env = Object.fromEntries(
    [...harmlessEnv, ...request.policy.env].flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const flags = [...memoryFlags(request), ...sandboxFlags({ ...request, root: inside.root })]
  const entry = request.thread === true ? threadedEntryPoint : entryPoint
  return { args: [...flags, entry, JSON.stringify(inside)], env: { ...env, ...memoryEnv } }
}

/**
 * Runs a command in a child process under Node's permission model: it reads below the policy's read roots, writes below its
 * write roots, starts no process, loads no addon, and connects nowhere unless the policy lists an address.
 *
 * @returns the child's exit code
 */
export function launch(request: LaunchRequest): Promise<number> {
  const { args, env } = childOf(request, request.request)
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, {
      // The channel carries a question about what was recorded; when it closes, because it is asked to stop or this process dies, the child stops.
      stdio: ['inherit', request.results === 'stderr' ? 2 : 'inherit', 'inherit', 'ipc'],
      env,
    })
    if (request.log !== undefined) writeTold(child, request.log.log)
    request.metrics?.attach(child)
    answerScans(child, request.request.cassetteRoot, process.env)
    // Ctrl-C on a terminal, and its end, reach the child by themselves, kill(1) does not. A signal on top of its own would
    // count as the second, at which it ends at once.
    let asked = false
    const forward = (signal: NodeJS.Signals): void => {
      if (child.connected) child.disconnect()
      // A terminal that goes away says so more than once: the system does, and the shell.
      else if (asked && signal !== 'SIGHUP') child.kill('SIGKILL')
      asked = true
    }
    const restore = insteadWhenAsked(forward)
    child.on('error', fail)
    // Not `close`, which does not come where this side has let go of the channel.
    child.on('exit', (code, signal) => {
      const stopped = asked || code === exitCodes.interrupted || stopSignals.some((one) => one === signal)
      // Stopped, this program ends too: the request that the child heard may come here later, and a second time.
      if (!stopped) restore()
      if (code !== null) done(allHeard(child).then(() => code))
      // Without a word: asked before it could listen, or for the second time.
      else fail(stopped ? new UserError(stoppedLine, exitCodes.interrupted) : endedFromOutside(signal))
    })
  })
}

/** What a child said last may come behind its end. */
async function allHeard(child: ChildProcess): Promise<void> {
  if (child.connected) await once(child, 'disconnect')
}

/** A child that was killed, without a word. */
function endedFromOutside(signal: string | null): UserError {
  return new UserError(
    `the run was ended from outside (${signal ?? 'no signal'}); pnpm lab cassette ls shows what it recorded until then, as unfinished`,
    exitCodes.environment,
  )
}

/** Sorted, so that a folder comes before what is below: told the other way round, Node does not grant the folder itself. */
function grantsOf(paths: readonly string[]): string[] {
  return paths.flatMap(grants).sort()
}

/**
 * What the permission model needs to hear of a path: it as written and as it really is, and what is below, which is not
 * implied where the folder is not there yet.
 */
function grants(path: string): string[] {
  return [...new Set([path, realPath(path)])].flatMap(below)
}

function below(path: string): string[] {
  return [path, join(path, '*')]
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
