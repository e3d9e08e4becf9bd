import type { ExitCode } from '../user-error.ts'

/** What a command has to say: a document for programs, lines for people. */
export interface CommandResult {
  readonly document: unknown
  readonly lines: readonly string[]
  readonly exitCode: ExitCode
}
