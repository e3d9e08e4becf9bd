import { launch } from './launch.ts'
import { LaunchError } from './launcher.ts'
import { NATIVE_WAYS } from './native-ways.ts'
import { endProcess, killProcess, type ProcessIdentity } from './process/identity.ts'
import { freePort } from './process/free-port.ts'
import { BROKER_HOST, type BrokerDeps, type BrokerKind, type BrokerSettings } from './types.ts'

/** A broker of a test's own, to be killed and started again; its data and its port stay the same throughout. */
type TestNode = AsyncDisposable & {
  readonly kind: BrokerKind
  readonly host: string
  readonly port: number
  readonly logFolder: string
  readonly version?: string
  /** SIGKILL; returns when the process is gone. Nothing is flushed or closed by the broker. */
  readonly kill: () => Promise<void>
  /** Starts it on the data it left, after `kill` or `stop`; returns when it answers. @throws LaunchError */
  readonly restart: () => Promise<void>
  /** Ends it in order; returns when it is gone. */
  readonly stop: () => Promise<void>
}

/** A test node, or why this machine cannot run one: the reason a live test prints when it skips itself. */
export type TestNodeResult = { readonly node: TestNode } | { readonly missing: string }

/**
 * Starts a broker from this machine's programs with all that it writes in `folder`, on `settings.port` or a free one.
 * Disposing of the result ends the broker; the folder is the caller's to remove.
 * @throws LaunchError when the program is there and does not come to run
 */
export async function startTestNode(
  kind: BrokerKind,
  folder: string,
  deps: BrokerDeps,
  settings: BrokerSettings = {},
): Promise<TestNodeResult> {
  const native = NATIVE_WAYS[kind]
  const found = await native.find(deps, settings)
  if (!found.found) return { missing: `${found.reason}: ${found.advice}` }
  const port = settings.port ?? (await freePort())
  let running: readonly ProcessIdentity[] = []
  const start = async (): ReturnType<typeof launch> => {
    const place = { folder, port, readyTimeoutMs: settings.readyTimeoutMs }
    const node = await launch(native, found.launcher, place, deps, (processes) => {
      running = processes
      return Promise.resolve()
    })
    running = node.processes
    return node
  }
  const stop = async (): Promise<void> => {
    for (const identity of running) await endProcess(identity, native.stopGraceMs, deps.clock)
    running = []
  }
  const { logFolder, version } = await start()
  const node: TestNode = {
    kind,
    host: BROKER_HOST,
    port,
    logFolder,
    ...(version === undefined ? {} : { version }),
    kill: async () => {
      for (const identity of running) await killProcess(identity, deps.clock)
      running = []
    },
    restart: async () => {
      if (running.length > 0) throw new LaunchError(`${kind} on port ${port} still runs`, 'kill or stop it first')
      await start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
  return { node }
}
