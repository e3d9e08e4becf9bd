import { parseArgs } from 'node:util'
import type { Rules } from '../check/options.ts'

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

const OPTIONS = {
  help: { type: 'boolean', short: 'h' },
  manifest: { type: 'string' },
  lock: { type: 'string' },
  'repo-root': { type: 'string' },
  project: { type: 'string' },
  rules: { type: 'string' },
  'write-lock': { type: 'boolean' },
  force: { type: 'boolean' },
  frozen: { type: 'boolean' },
  write: { type: 'boolean' },
  'emit-patch': { type: 'string' },
  format: { type: 'string' },
  out: { type: 'string' },
  'report-out': { type: 'string' },
  'max-modules': { type: 'string' },
  'max-edges': { type: 'string' },
  'max-diags': { type: 'string' },
  'max-bytes-in': { type: 'string' },
} as const

const PATHS = ['manifest', 'lock', 'repo-root', 'project', 'emit-patch', 'out', 'report-out'] as const

/** The largest number X07 takes for a budget. */
const COUNT_MAX = 2n ** 64n - 1n

/** Parses a command line; all problems are reported at once. `ci`: whether `CI` is set. */
export function parseCommand(argv: readonly string[], ci: boolean): Command {
  const parsed = parse(argv)
  if (typeof parsed === 'string') return { kind: 'usage', problems: [parsed] }
  const { values, positionals, repeated } = parsed
  if (values.help) return { kind: 'help' }
  if (positionals[0] === 'explain') {
    const [, code, ...more] = positionals
    if (code === undefined || more.length > 0) return { kind: 'usage', problems: ['explain takes one code'] }
    return { kind: 'explain', code }
  }
  const problems = [
    ...positionals.map((positional) => `unexpected argument ${JSON.stringify(positional)}`),
    ...[...repeated].map((name) => `--${name}: give it once`),
    ...PATHS.filter((name) => values[name] === '').map((name) => `--${name}: a path is missing`),
  ]
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
    const given = values[name]
    if (given === undefined) return undefined
    if (/^\+?\d+$/.test(given) && BigInt(given.replace('+', '')) <= COUNT_MAX) return Number(given)
    problems.push(`--${name} ${given}: expected a whole number from 0 to ${COUNT_MAX}`)
    return undefined
  }
  const rules = oneOf('rules', values.rules, ['x07', 'all'] as const, 'all')
  const emitPatch = values['emit-patch']
  if (emitPatch === '-') problems.push('--emit-patch -: patches go to a file, name one')
  const out = values['report-out'] ?? values.out
  const options: CommandOptions = {
    repoRoot: values['repo-root'] ?? '.',
    rules,
    writeLock: values['write-lock'] ?? false,
    force: values.force ?? false,
    // X07 knows no frozen mode, so its rules imply none.
    frozen: values.frozen ?? (ci && rules === 'all'),
    write: values.write ?? false,
    format: oneOf('format', values.format, ['json', 'text', 'sarif'] as const, 'text'),
    manifest: values.manifest,
    lock: values.lock,
    project: values.project,
    emitPatch,
    out: out === '-' ? undefined : out,
    maxModules: count('max-modules'),
    maxEdges: count('max-edges'),
    maxDiags: count('max-diags'),
    maxBytesIn: count('max-bytes-in'),
  }
  return problems.length > 0 ? { kind: 'usage', problems } : { kind: 'check', options }
}

function parse(argv: readonly string[]) {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...argv],
      options: OPTIONS,
      allowPositionals: true,
      allowNegative: true,
      strict: true,
      tokens: true,
    })
    const given = tokens.filter((token) => token.kind === 'option')
    const names = given.map(({ name }) => name)
    const negated = given.find(({ name, rawName }) => rawName.startsWith('--no-') && name !== 'frozen')
    if (negated !== undefined) return `Unknown option '${negated.rawName}'`
    return { values, positionals, repeated: new Set(names.filter((name, at) => names.indexOf(name) < at)) }
  } catch (error) {
    // Node's own message names the option and ends with advice on `--`.
    return error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error)
  }
}
