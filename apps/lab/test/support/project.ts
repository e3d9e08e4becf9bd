import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable, Writable } from 'node:stream'
import { createConsole } from '../../src/cli/console.ts'
import { runInside } from '../../src/cli/run-inside.ts'
import { run } from '../../src/cli/run.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

/** The program, as `pnpm lab` starts it. */
export const mainFile = join(repository, 'scripts', 'start', 'lab.cjs')

/** What a run of the program came to; paths of the project stand as `ROOT`. */
export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** A program that runs, in a process group of its own: a terminal sends its signals to a whole group. */
export interface Started {
  readonly child: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ran & { readonly by: string | null }>
}

export interface RunOptions {
  /** Added to an environment that holds `PATH` alone. */
  readonly env?: Readonly<Record<string, string>>
  /** What the program reads on standard input; default nothing. */
  readonly stdin?: string
  /** Words before the program, such as `setpriv …`. */
  readonly under?: readonly string[]
}

/** A project of its own in a temporary folder, with this repository's contracts. */
export interface Project extends Disposable {
  readonly root: string
  readonly path: (...parts: string[]) => string
  /** Runs `lab` in this process: all of it but the sandbox, the signals and the two processes. */
  readonly lab: (args: readonly string[], options?: Pick<RunOptions, 'env' | 'stdin'>) => Promise<Ran>
  /** Runs `lab` as people do, in processes of its own. */
  readonly process: (args: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Starts `lab` in the project. */
  readonly start: (args: readonly string[], options?: Omit<RunOptions, 'stdin'>) => Started
  /** The cassette of a recording under way, as soon as it has so many bytes. */
  readonly recorded: (bytes: number) => Promise<string>
  readonly write: (path: string, content: string | Uint8Array) => void
  readonly read: (path: string) => Buffer
  /** Replaces text in a file that holds it. */
  readonly edit: (path: string, from: string, to: string) => void
}

export function createProject(): Project {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'lab-project-')))
  cpSync(join(repository, 'arch'), join(root, 'arch'), { recursive: true })
  const path = (...parts: string[]): string => join(root, ...parts)
  return {
    root,
    path,
    lab: (args, options) => runHere(root, args, options),
    async process(args, options) {
      const { child, ended } = start(root, args, options)
      child.stdin.end(options?.stdin ?? '')
      const { code, stdout, stderr } = await ended
      return { code, stdout, stderr }
    },
    start: (args, options) => start(root, args, options),
    recorded: (bytes) => recorded(path('.x07_rr'), bytes),
    write: (file, content) => writeFileSync(path(file), content),
    read: (file) => readFileSync(path(file)),
    edit(file, from, to) {
      const text = readFileSync(path(file), 'utf8')
      if (!text.includes(from)) throw new Error(`${file} does not hold ${from}`)
      writeFileSync(path(file), text.replace(from, to))
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
}

/** The command that runs the program, and its environment. */
export function commandOf(args: readonly string[], { env = {}, under = [] }: RunOptions = {}) {
  const [command = process.execPath, ...rest] = [...under, process.execPath, mainFile, ...args]
  return { command, args: rest, env: { PATH: `${dirname(process.execPath)}:/usr/bin:/bin`, ...env } }
}

async function runHere(root: string, args: readonly string[], { env = {}, stdin = '' }: RunOptions = {}): Promise<Ran> {
  const texts = { stdout: '', stderr: '' }
  const to = (name: keyof typeof texts): Writable =>
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        texts[name] += chunk.toString()
        done()
      },
    })
  const [stdout, stderr] = [to('stdout'), to('stderr')]
  const console = createConsole(stderr, () => 0)
  const code = await run(args, {
    console,
    stdout,
    cwd: root,
    env,
    launch: ({ request, policy, results }) => {
      const allowed = Object.entries(env).filter(([name]) => policy.env.includes(name))
      return runInside(request, {
        stdin: () => Readable.from(stdin === '' ? [] : [Buffer.from(stdin)]),
        stdout: results === 'stderr' ? stderr : stdout,
        console,
        env: Object.fromEntries(allowed),
        signal: new AbortController().signal,
      })
    },
  })
  const plain = (text: string): string => text.replaceAll(root, 'ROOT')
  return { code, stdout: plain(texts.stdout), stderr: plain(texts.stderr) }
}

function start(root: string, args: readonly string[], options: RunOptions = {}): Started {
  const { command, args: all, env } = commandOf(args, options)
  const child = spawn(command, all, { cwd: root, env, stdio: 'pipe', detached: true })
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => (texts[name] += text))
  }
  // A program that fails before it has read all is no failure of the test.
  child.stdin.on('error', () => {})
  const plain = (text: string): string => text.replaceAll(root, 'ROOT')
  const ended = once(child, 'close').then(([code, by]) => ({
    code: code as number | null,
    by: by as string | null,
    stdout: plain(texts.stdout),
    stderr: plain(texts.stderr),
  }))
  return { child, ended }
}

/** How much of a file is written; room that a recording has reserved behind it is zeros. */
function writtenBytes(path: string): number {
  if (!existsSync(path)) return 0
  return readFileSync(path).findLastIndex((byte) => byte !== 0) + 1
}

async function recorded(folder: string, bytes: number): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const written = Promise.withResolvers<string>()
  const watcher = watch(folder, (_event, name) => {
    if (name !== null && writtenBytes(join(folder, name)) >= bytes) written.resolve(join(folder, name))
  })
  const file = await written.promise
  watcher.close()
  return file
}
