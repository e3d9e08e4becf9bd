import { parseArgs } from 'node:util'

const FLAGS = ['help', 'write-lock', 'force', 'frozen', 'write'] as const
const TEXTS = [
  'manifest',
  'lock',
  'repo-root',
  'project',
  'rules',
  'emit-patch',
  'format',
  'out',
  'report-out',
  'max-modules',
  'max-edges',
  'max-diags',
  'max-bytes-in',
] as const

/** An option that is given or not. */
type Flag = (typeof FLAGS)[number]
/** An option that takes a text. */
type TextOption = (typeof TEXTS)[number]

/** A command line by its parts. */
interface Arguments {
  flags: ReadonlyMap<Flag, boolean>
  texts: ReadonlyMap<TextOption, string>
  positionals: string[]
  /** What no command line may have; the parts are then not to be used. */
  problems: string[]
}

const OPTIONS = {
  ...Object.fromEntries(FLAGS.map((name) => [name, { type: 'boolean' as const }])),
  ...Object.fromEntries(TEXTS.map((name) => [name, { type: 'string' as const }])),
  help: { type: 'boolean' as const, short: 'h' },
}

/** Takes a command line apart. Unlike the strict way of `parseArgs` it finds every problem, and says it in one line. */
export function readArguments(argv: readonly string[]): Arguments {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: OPTIONS,
    allowPositionals: true,
    allowNegative: true,
    strict: false,
    tokens: true,
  })
  const flags = new Map<Flag, boolean>()
  const texts = new Map<TextOption, string>()
  const problems: string[] = []
  const repeated = new Set<string>()
  let swallowed = false
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const { name, rawName, value, inlineValue } = token
    const flag = FLAGS.find((known) => known === name)
    const text = TEXTS.find((known) => known === name)
    const negated = rawName.startsWith('--no-')
    if ((flag === undefined && text === undefined) || (negated && name !== 'frozen')) {
      problems.push(`unknown option ${rawName}`)
    } else if (flag !== undefined) {
      if (value !== undefined) problems.push(`${rawName} takes no value`)
      if (flags.has(flag) && flag !== 'help') repeated.add(flag)
      flags.set(flag, !negated)
    } else if (text !== undefined) {
      // Standard output is written as a single dash.
      const looksLikeOption = inlineValue === false && value.startsWith('-') && value !== '-'
      swallowed ||= looksLikeOption
      if (value === undefined) problems.push(`${rawName}: a value is missing`)
      if (looksLikeOption) {
        problems.push(`${rawName}: a value is missing before ${value}; if that is the value, write ${rawName}=${value}`)
      }
      if (texts.has(text)) repeated.add(text)
      if (value !== undefined) texts.set(text, value)
    }
  }
  problems.push(...[...repeated].map((name) => `--${name}: give it once`))
  // Behind a value that was taken for an option's, more is out of its place than is wrong.
  const mayName = positionals[0] === 'explain' || flags.get('write-lock') === true
  const extra = swallowed || mayName ? [] : positionals
  problems.push(...extra.map((positional) => `unexpected argument ${JSON.stringify(positional)}`))
  return { flags, texts, positionals, problems }
}
