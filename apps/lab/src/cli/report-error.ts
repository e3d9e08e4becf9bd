import { DriverError, ReplayError, RrError } from '@x07-lab/msg-core'
import { isSystemError, oneLine, whyFailed } from '@x07-lab/msg-core/kit'
import { SecretsFound } from '@x07-lab/msg-core/redact'
import { PolicyError } from '@x07-lab/msg-core/rr'
import { exitCodes, UserError, type ExitCode } from '../user-error.ts'
import type { Console } from './console.ts'

/** A failure as one line and an exit code. */
export interface ReportedError {
  readonly line: string
  readonly exitCode: ExitCode
}

/** Says an error in one line, and gives its exit code. */
export function sayError(error: unknown, console: Console, options: ReportOptions): ExitCode {
  const { line, exitCode } = reportError(error, options)
  // A stack has lines of its own.
  for (const one of `lab: ${line}`.split('\n')) console.note(one)
  return exitCode
}

/** What {@link reportError} may be told. */
export interface ReportOptions {
  /** Show the stack of a bug. */
  readonly debug?: boolean
  /** The policy that bounds the process, for what it denied. */
  readonly policyFile?: string
}

/**
 * What to say of an error. Everything that a person can mend is one sentence; anything else is a bug of this program, whose
 * stack is shown only when asked for.
 */
export function reportError(error: unknown, { debug = false, policyFile }: ReportOptions = {}): ReportedError {
  const known = causeOf(error)
  const { line, exitCode } = describe(known, policyFile)
  // A stack has lines of its own.
  const stack = debug && exitCode === exitCodes.bug && known instanceof Error ? `\n${known.stack ?? ''}` : ''
  const where = exitCode === exitCodes.bug && stack === '' ? '; set X07_LAB_DEBUG=1 to see where' : ''
  return { line: `${oneLine(line)}${where}${stack}`, exitCode }
}

function describe(known: unknown, policyFile: string | undefined): ReportedError {
  const denied =
    accessDenied(known, policyFile) ?? accessDenied((known as { cause?: unknown } | null)?.cause, policyFile)
  if (denied !== undefined) return { line: denied, exitCode: exitCodes.environment }
  if (known instanceof UserError) return { line: known.message, exitCode: known.exitCode }
  if (known instanceof SecretsFound) return { line: known.message, exitCode: exitCodes.mismatch }
  if (known instanceof DriverError && known.cause instanceof SecretsFound) {
    return { line: known.message, exitCode: exitCodes.mismatch }
  }
  if (known instanceof DriverError) {
    return { line: known.message, exitCode: known.code === 'aborted' ? exitCodes.interrupted : exitCodes.environment }
  }
  if (known instanceof ReplayError) {
    // A cassette that cannot be believed is damaged; one of other contracts, or a program that does otherwise, differs.
    const exitCode = known.code === 'unsealed' ? exitCodes.environment : exitCodes.mismatch
    return { line: known.message, exitCode }
  }
  if (known instanceof RrError) return { line: known.message, exitCode: exitCodes.environment }
  if (known instanceof PolicyError) {
    return { line: `${known.message}; fix it; \`pnpm arch:check\` explains`, exitCode: exitCodes.environment }
  }
  if (isSystemError(known)) {
    if (known.syscall === 'uv_cwd') {
      const line = `look for the current folder: ${whyFailed(known)}; change to one that is there`
      return { line, exitCode: exitCodes.environment }
    }
    const what = [known.syscall, known.path].filter((part) => part !== undefined).join(' ')
    return { line: `${what}: ${whyFailed(known)}; mend that and run it again`, exitCode: exitCodes.environment }
  }
  const text = known instanceof Error ? `${known.name}: ${known.message}` : String(known)
  return { line: `a bug in this program: ${text}`, exitCode: exitCodes.bug }
}

/** `using` wraps an error when letting go failed as well; the first one is what matters. */
function causeOf(error: unknown): unknown {
  return error instanceof SuppressedError ? causeOf(error.suppressed) : error
}

/** An operation that Node's permission model refused, in the words of the policy. */
function accessDenied(error: unknown, policyFile = "the profile's policy in arch/policy"): string | undefined {
  const { code, permission, resource } = (error ?? {}) as { code?: string; permission?: string; resource?: string }
  if (code !== 'ERR_ACCESS_DENIED') return undefined
  const rule =
    { FileSystemRead: 'fs.read_roots', FileSystemWrite: 'fs.write_roots', Net: 'net.allow_hosts' }[permission ?? ''] ??
    'process'
  return `${permission ?? 'access'} ${resource ?? ''} is denied: ${policyFile} does not allow it (${rule})`
}
