/** Exit codes of the command line. */
export const exitCodes = {
  /** Done, and identical where something was compared. */
  ok: 0,
  /** A divergence, a mismatch or findings. */
  mismatch: 1,
  /** The command or its input is wrong. */
  usage: 2,
  /** Broker unreachable, file missing, cassette damaged. */
  environment: 3,
  /** A bug in this program. */
  bug: 70,
  /** Stopped by Ctrl-C, as shells have it. */
  interrupted: 130,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]

/** A mistake that the person at the keyboard can mend: one line, no stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: ExitCode

  constructor(message: string, exitCode: ExitCode = exitCodes.usage, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}
