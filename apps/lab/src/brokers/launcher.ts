import type { ProcessIdentity } from './process/identity.ts'
import type { Attempt, BrokerDeps, BrokerKind, BrokerSettings, StartableWay } from './types.ts'

/** What a launcher started: the broker first, helpers of its own after it, in the order they are to be ended. */
export type StartedNode = {
  readonly processes: readonly ProcessIdentity[]
  readonly logFolder: string
  readonly version?: string
}

/** A broker's program on this machine, found and fit to run. */
export type Launcher = {
  /**
   * Starts a node with its data in `folder`, on 127.0.0.1:`port`; data that is there is taken up again. `started` is
   * told the processes as they come, so that a start that is cut off can be ended.
   * @throws LaunchError when it does not come to run
   */
  readonly start: (
    folder: string,
    port: number,
    started: (processes: readonly ProcessIdentity[]) => Promise<void>,
  ) => Promise<StartedNode>
}

/** Looks for the program of one way; gives what is missing and how to get it when it is not there. */
type FindLauncher = (
  deps: BrokerDeps,
  settings: BrokerSettings,
) => Promise<{ readonly found: true; readonly launcher: Launcher } | ({ readonly found: false } & Attempt)>

/** A way to run a broker as a process of this machine. */
export type NativeWay = {
  readonly kind: BrokerKind
  readonly way: Exclude<StartableWay, 'docker'>
  readonly find: FindLauncher
  /** How long it may take to end by itself before it is killed, in milliseconds. */
  readonly stopGraceMs: number
}

/** A broker that did not come to run, with what to do about it. The message is one line for people. */
export class LaunchError extends Error {
  readonly advice: string
  constructor(message: string, advice: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LaunchError'
    this.advice = advice
  }
}
