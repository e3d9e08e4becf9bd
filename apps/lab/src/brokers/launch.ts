import { LaunchError, type Launcher, type NativeWay, type StartedNode } from './launcher.ts'
import { waitReady } from './probe/wait-ready.ts'
import { endProcess, isAlive, type ProcessIdentity } from './process/identity.ts'
import { BROKER_HOST, BROKER_NAMES, type BrokerDeps } from './types.ts'

/** RabbitMQ needs 4 s and Kafka 5 s on two idle cores; ten times that, and more, on a busy machine. */
export const READY_TIMEOUT_MS = 90_000

/**
 * Starts a node and waits until it answers; `started` is told what runs, as it comes. Whatever goes wrong, what was
 * started is ended before the error is passed on.
 * @throws LaunchError when it ends or does not answer in time, AbortError on the signal of `deps`
 */
export async function launch(
  native: NativeWay,
  launcher: Launcher,
  target: { readonly folder: string; readonly port: number; readonly readyTimeoutMs: number | undefined },
  deps: BrokerDeps,
  started: (processes: readonly ProcessIdentity[]) => Promise<void>,
): Promise<StartedNode> {
  let running: readonly ProcessIdentity[] = []
  try {
    const node = await launcher.start(target.folder, target.port, async (processes) => {
      running = processes
      await started(processes)
    })
    const version = await awaitAnswer(native, node, target, deps)
    return version === undefined ? node : { ...node, version }
  } catch (error) {
    for (const identity of running) await endProcess(identity, native.stopGraceMs, deps.clock)
    throw error
  }
}

/** The version that the handshake told, if it told one. */
async function awaitAnswer(
  native: NativeWay,
  node: StartedNode,
  target: { readonly port: number; readonly readyTimeoutMs: number | undefined },
  deps: BrokerDeps,
): Promise<string | undefined> {
  const broker = node.processes[0]
  const ready = await waitReady(native.kind, target.port, {
    clock: deps.clock,
    timeoutMs: target.readyTimeoutMs ?? READY_TIMEOUT_MS,
    alive: async () => broker !== undefined && (await isAlive(broker)),
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  })
  const where = `${BROKER_NAMES[native.kind]} on ${BROKER_HOST}:${target.port}`
  switch (ready.outcome) {
    case 'ready':
      return ready.version
    case 'died':
      throw new LaunchError(
        `${where} ended ${seconds(ready.afterMs)} after its start`,
        `its log is in ${node.logFolder}`,
      )
    case 'timeout':
      throw new LaunchError(
        `${where} did not answer within ${seconds(ready.afterMs)}`,
        `its log is in ${node.logFolder}`,
      )
  }
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}
