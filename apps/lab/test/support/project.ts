import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

/** The program, as `pnpm lab` starts it. */
export const mainFile = join(repository, 'apps', 'lab', 'src', 'main.ts')

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
  /** Runs `lab` in the project. */
  readonly lab: (args: readonly string[], options?: RunOptions) => Promise<Ran>
  /** Starts `lab` in the project. */
  readonly start: (args: readonly string[], options?: Omit<RunOptions, 'stdin'>) => Started
  /** Resolves when a recording under way has written so many bytes. */
  readonly recorded: (bytes: number) => Promise<void>
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
    async lab(args, options) {
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

async function recorded(folder: string, bytes: number): Promise<void> {
  mkdirSync(folder, { recursive: true })
  const written = Promise.withResolvers<void>()
  const watcher = watch(folder, (_event, name) => {
    const size = name === null ? 0 : (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0)
    if (size >= bytes) written.resolve()
  })
  await written.promise
  watcher.close()
}
