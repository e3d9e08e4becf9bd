import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { basename } from 'node:path'
import threads from 'node:worker_threads'

/** Commands that may start Node; whatever else a program runs is no child of the run. */
const launchers =
  /^(?:node|nodejs|npm|npx|pnpm|pnpx|yarn|tsx|ts-node|sh|bash|dash|zsh|env|cmd|cmd\.exe|node\.exe)$|\.[cm]?[jt]s$/

/** What Node's own `spawn` is given. */
interface SpawnOptions {
  readonly file?: string
  envPairs?: string[]
}

/**
 * Hands the variables of the run on to every child process and worker thread that this one starts, also where the program gives
 * them an environment of their own, and with them the number of the child: children that start at the same time have the
 * same numbers in every run, since it is this process that counts them.
 *
 * @param variables what a child is given: called once for each
 */
export function interceptChildren(variables: () => Readonly<Record<string, string>>): void {
  const spawner = childProcess.ChildProcess.prototype as unknown as {
    spawn: (this: unknown, options: SpawnOptions) => unknown
  }
  const { spawn } = spawner
  spawner.spawn = function (options) {
    const { file, envPairs } = options
    if (file !== undefined && envPairs !== undefined && (file === process.execPath || launchers.test(basename(file)))) {
      const own = Object.fromEntries(envPairs.map((pair) => pair.split(/=(.*)/s) as [string, string]))
      options.envPairs = Object.entries({ ...own, ...added(own, variables()) }).map(
        ([name, value]) => `${name}=${value}`,
      )
    }
    return spawn.call(this, options)
  }
  threads.Worker = new Proxy(threads.Worker, {
    construct(target, [file, options = {}, ...rest]: [string, threads.WorkerOptions?, ...unknown[]], newTarget) {
      const { env = process.env } = options
      // An environment that is shared cannot hold the number of one thread.
      const given = typeof env === 'symbol' ? env : { ...env, ...added(env, variables()) }
      return Reflect.construct(target, [file, { ...options, env: given }, ...rest], newTarget) as object
    },
  })
  syncBuiltinESMExports()
}

/** The variables, with the preload put behind the options of Node that the child has already. */
function added(
  own: Readonly<Record<string, string | undefined>>,
  { NODE_OPTIONS: preload, ...variables }: Readonly<Record<string, string>>,
): Record<string, string> {
  const options = own['NODE_OPTIONS'] ?? ''
  if (preload === undefined || options.includes(preload)) return variables
  return { ...variables, NODE_OPTIONS: `${options} ${preload}`.trim() }
}
