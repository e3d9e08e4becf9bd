/**
 * Glob syntax, as Rust's globset 0.4 reads it with its default options. Matching is over the whole path, byte by byte
 * of its UTF-8 form, and `*` and `?` cross `/`. `**` is recursive in three places, where it takes the slash beside it
 * along: in front (`** /x` without the blank: nothing, or anything up to a slash), between (`a/** /b`: one slash, or two
 * with anything between them) and at the end (`a/**`: the slash and anything after it, so not `a` itself). Elsewhere it
 * is `*`. `{a,b}` nests and drops empty branches; `[a-z]`, `[!a]`, `[^a]` know no escapes and a leading `]` is itself;
 * `\x` is `x`.
 */
export type GlobToken =
  | { kind: 'literal'; char: string }
  | { kind: 'any' | 'star' | 'recursive-prefix' | 'recursive-suffix' | 'recursive-middle' }
  | { kind: 'class'; negated: boolean; ranges: [from: string, to: string][] }
  | { kind: 'alternates'; branches: GlobToken[][] }

/** What makes a glob invalid; the texts complete the sentence `glob "…": …`. */
type GlobFault =
  | 'unclosed character class, a [ wants its ]'
  | 'unclosed alternatives, a { wants its }'
  | 'a } without its {'
  | 'nothing after the last \\'
  | `the range ${string} runs backwards`

/** A parsed glob, or why it is not one. */
export type ParsedGlob = { ok: true; tokens: GlobToken[] } | { ok: false; reason: GlobFault }

interface Parser {
  chars: string[]
  at: number
  /** The branches being filled, outermost first; tokens go to the last one. */
  branches: GlobToken[][]
  /** For each `{` still open, the index in `branches` where its own begin. */
  open: number[]
}

/** Parses one glob; never throws. */
export function parseGlob(glob: string): ParsedGlob {
  const parser: Parser = { chars: Array.from(glob), at: 0, branches: [[]], open: [] }
  for (let char = parser.chars[0]; char !== undefined; char = parser.chars[parser.at]) {
    parser.at++
    const fault = parseOne(parser, char)
    if (fault !== undefined) return { ok: false, reason: fault }
  }
  if (parser.branches.length > 1) return { ok: false, reason: 'unclosed alternatives, a { wants its }' }
  return { ok: true, tokens: last(parser) }
}

function parseOne(parser: Parser, char: string): GlobFault | undefined {
  switch (char) {
    case '?':
      last(parser).push({ kind: 'any' })
      return undefined
    case '*':
      parseStar(parser)
      return undefined
    case '[':
      return parseClass(parser)
    case '{':
      parser.open.push(parser.branches.length)
      parser.branches.push([])
      return undefined
    case '}': {
      const start = parser.open.pop()
      if (start === undefined) return 'a } without its {'
      const branches = parser.branches.splice(start)
      last(parser).push({ kind: 'alternates', branches })
      return undefined
    }
    case ',':
      if (parser.open.length === 0) last(parser).push({ kind: 'literal', char })
      else parser.branches.push([])
      return undefined
    case '\\': {
      const escaped = parser.chars[parser.at++]
      if (escaped === undefined) return 'nothing after the last \\'
      last(parser).push({ kind: 'literal', char: escaped })
      return undefined
    }
    default:
      last(parser).push({ kind: 'literal', char })
      return undefined
  }
}

/** Called behind a first `*`; decides whether a second one makes it recursive. */
function parseStar(parser: Parser): void {
  const tokens = last(parser)
  if (parser.chars[parser.at] !== '*') {
    tokens.push({ kind: 'star' })
    return
  }
  const before = parser.chars[parser.at - 2]
  parser.at++
  const after = parser.chars[parser.at]
  const plain = () => tokens.push({ kind: 'star' })

  if (tokens.length === 0) {
    if (after !== undefined && after !== '/') return void plain()
    parser.at++
    tokens.push({ kind: 'recursive-prefix' })
    return
  }
  const inBranch = parser.branches.length > 1
  if (before !== '/' && !(inBranch && (before === ',' || before === '{'))) return void plain()
  const endsHere = after === undefined || (inBranch && (after === ',' || after === '}'))
  if (!endsHere && after !== '/') return void plain()
  if (!endsHere) parser.at++
  // The separator in front belongs to the recursive form; `a/**/**` folds into one.
  const replaced = tokens.pop()
  if (replaced?.kind === 'recursive-prefix' || replaced?.kind === 'recursive-suffix') tokens.push(replaced)
  else tokens.push({ kind: endsHere ? 'recursive-suffix' : 'recursive-middle' })
}

function parseClass(parser: Parser): GlobFault | undefined {
  const ranges: [string, string][] = []
  const mark = parser.chars[parser.at]
  const negated = mark === '!' || mark === '^'
  if (negated) parser.at++
  let inRange = false
  for (let first = true; ; first = false) {
    const char = parser.chars[parser.at++]
    if (char === undefined) return 'unclosed character class, a [ wants its ]'
    if (char === ']' && !first) break
    if (char === '-' && !first && !inRange) {
      inRange = true
      continue
    }
    const open = ranges.at(-1)
    if (inRange && open !== undefined) {
      if ((char.codePointAt(0) ?? 0) < (open[0].codePointAt(0) ?? 0))
        return `the range ${open[0]}-${char} runs backwards`
      open[1] = char
    } else {
      ranges.push([char, char])
    }
    inRange = false
  }
  if (inRange) ranges.push(['-', '-'])
  last(parser).push({ kind: 'class', negated, ranges })
  return undefined
}

/** The branch being filled; the outermost is always there. */
function last(parser: Parser): GlobToken[] {
  return parser.branches.at(-1) ?? []
}
