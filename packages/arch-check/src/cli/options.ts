import type { Rules } from '../check/options.ts'
import { readArguments } from './arguments.ts'

export type Format = 'json' | 'text' | 'sarif'

/** What was asked for on the command line. */
export type Command =
  | { kind: 'help' }
  | { kind: 'explain'; code: string }
  | { kind: 'usage'; problems: string[] }
  | { kind: 'check'; options: CommandOptions }

export interface CommandOptions {
  manifest: string | undefined
  lock: string | undefined
  repoRoot: string
  project: string | undefined
  rules: Rules
  writeLock: boolean
  /** Cassettes named behind --write-lock. */
  pin: readonly string[]
  force: boolean
  frozen: boolean
  write: boolean
  emitPatch: string | undefined
  format: Format
  out: string | undefined
  maxModules: number | undefined
  maxEdges: number | undefined
  maxDiags: number | undefined
  maxBytesIn: number | undefined
}

const PATHS = ['manifest', 'lock', 'repo-root', 'project', 'emit-patch', 'out', 'report-out'] as const

/** The largest number X07 takes for a budget. */
const COUNT_MAX = 2n ** 64n - 1n

/** Parses a command line; all problems are reported at once. `ci`: whether `CI` is set. */
export function parseCommand(argv: readonly string[], ci: boolean): Command {
  const { flags, texts, positionals, problems } = readArguments(argv)
  if (positionals[0] === 'explain' && flags.get('help') !== true) {
    const [, code, ...more] = positionals
    if (code !== undefined && more.length === 0 && problems.length + flags.size + texts.size === 0) {
      return { kind: 'explain', code }
    }
    return { kind: 'usage', problems: [...problems, 'explain takes one code and no options'] }
  }
  if (flags.get('help') === true && problems.length === 0) return { kind: 'help' }
  for (const name of PATHS) if (texts.get(name) === '') problems.push(`--${name}: a path is missing`)
  if (texts.has('out') && texts.has('report-out')) problems.push('--out and --report-out are one option: give one')
  if (flags.get('frozen') === true && flags.get('write-lock') === true) {
    problems.push('--frozen and --write-lock: the first leaves the locks as they are, the second writes them; give one')
  }
  const oneOf = <Value extends string>(
    name: string,
    given: string | undefined,
    allowed: readonly Value[],
    fallback: Value,
  ): Value => {
    const value = given === undefined ? fallback : allowed.find((candidate) => candidate === given)
    if (value !== undefined) return value
    problems.push(`--${name} ${given}: expected ${allowed.join(', ')}`)
    return fallback
  }
  const count = (name: 'max-modules' | 'max-edges' | 'max-diags' | 'max-bytes-in'): number | undefined => {
    const given = texts.get(name)
    if (given === undefined) return undefined
    if (/^\+?\d+$/.test(given) && BigInt(given.replace('+', '')) <= COUNT_MAX) return Number(given)
    problems.push(`--${name} ${given}: expected a whole number from 0 to ${COUNT_MAX}`)
    return undefined
  }
  const rules = oneOf('rules', texts.get('rules'), ['x07', 'all'] as const, 'all')
  const emitPatch = texts.get('emit-patch')
  if (emitPatch === '-') problems.push('--emit-patch -: patches go to a file, name one')
  const out = texts.get('report-out') ?? texts.get('out')
  const options: CommandOptions = {
    repoRoot: texts.get('repo-root') ?? '.',
    rules,
    writeLock: flags.get('write-lock') ?? false,
    pin: positionals,
    force: flags.get('force') ?? false,
    // X07 knows no frozen mode, so its rules imply none.
    frozen: flags.get('frozen') ?? (ci && rules === 'all'),
    write: flags.get('write') ?? false,
    format: oneOf('format', texts.get('format'), ['json', 'text', 'sarif'] as const, 'text'),
    manifest: texts.get('manifest'),
    lock: texts.get('lock'),
    project: texts.get('project'),
    emitPatch,
    out: out === '-' ? undefined : out,
    maxModules: count('max-modules'),
    maxEdges: count('max-edges'),
    maxDiags: count('max-diags'),
    maxBytesIn: count('max-bytes-in'),
  }
  return problems.length > 0 ? { kind: 'usage', problems } : { kind: 'check', options }
}
