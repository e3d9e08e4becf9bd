import type { Automaton, ByteSet } from './automaton.ts'
import { AutomatonBuilder } from './automaton.ts'
import type { GlobToken } from './glob-parse.ts'
import { parseGlob } from './glob-parse.ts'

/** A pattern to compile: a glob over paths or a prefix of names; `tag` is what a match reports. */
export type Pattern = { tag: number; glob: string } | { tag: number; prefix: string; boundary: boolean }

/** The compiled patterns, or the first glob that is invalid and why. */
export type CompiledPatterns = { ok: true; automaton: Automaton } | { ok: false; glob: string; reason: string }

const ANY_BYTE: ByteSet = new Uint8Array(256).fill(1)
/** The set of each byte alone; globs are made of little else. */
const SINGLE: readonly ByteSet[] = Array.from({ length: 256 }, (_, byte) => byteSet(byte))
const SLASH = byteSet(0x2f)
/** What may follow a prefix that ends inside a segment. */
const SEGMENT_ENDS: ByteSet = byteSet(...new TextEncoder().encode('./:'))

/** Compiles globs into one automaton whose only tag is 0: does any of them match? */
export function compileGlobs(globs: readonly string[]): CompiledPatterns {
  return compilePatterns(globs.map((glob) => ({ tag: 0, glob })))
}

/** Compiles globs and prefixes, each with its own tag, into one automaton. */
export function compilePatterns(patterns: readonly Pattern[]): CompiledPatterns {
  const builder = new AutomatonBuilder()
  for (const pattern of patterns) {
    const end = builder.accept(pattern.tag)
    if ('glob' in pattern) {
      const parsed = parseGlob(pattern.glob)
      if (!parsed.ok) return { ok: false, glob: pattern.glob, reason: parsed.reason }
      builder.starts.push(compileWhole(builder, parsed.tokens, end))
    } else {
      builder.starts.push(compilePrefix(builder, pattern, end))
    }
  }
  return { ok: true, automaton: builder.build() }
}

function compileWhole(builder: AutomatonBuilder, tokens: GlobToken[], end: number): number {
  // Alone, the prefix form stands for everything, a path without a slash at its end included.
  if (tokens.length === 1 && tokens[0]?.kind === 'recursive-prefix') return builder.takeAll(end)
  return compileTokens(builder, tokens, end)
}

/** Builds from the end to the front; returns the position where the tokens begin. */
function compileTokens(builder: AutomatonBuilder, tokens: readonly GlobToken[], end: number): number {
  return tokens.reduceRight((target, token) => compileToken(builder, token, target), end)
}

function compileToken(builder: AutomatonBuilder, token: GlobToken, target: number): number {
  switch (token.kind) {
    case 'literal':
      return compileText(builder, token.char, target)
    case 'any':
      return builder.take(ANY_BYTE, target)
    case 'star':
      return builder.takeAll(target)
    case 'recursive-prefix':
      return builder.split(target, builder.takeAll(builder.take(SLASH, target)))
    case 'recursive-suffix':
      return builder.take(SLASH, builder.takeAll(target))
    case 'recursive-middle':
      return builder.take(SLASH, builder.split(target, builder.takeAll(builder.take(SLASH, target))))
    case 'class':
      return builder.take(classSet(token), target)
    default: {
      const branches = token.branches.filter((branch) => !isEmpty(branch))
      if (branches.length === 0) return target
      return builder.split(...branches.map((branch) => compileTokens(builder, branch, target)))
    }
  }
}

function compileText(builder: AutomatonBuilder, text: string, target: number): number {
  return new TextEncoder()
    .encode(text)
    .reduceRight((next, byte) => builder.take(SINGLE[byte] ?? ANY_BYTE, next), target)
}

function compilePrefix(builder: AutomatonBuilder, pattern: { prefix: string; boundary: boolean }, end: number): number {
  const open = pattern.boundary && /[\p{L}\p{N}]$/u.test(pattern.prefix)
  const rest = open ? builder.split(end, builder.take(SEGMENT_ENDS, builder.takeAll(end))) : builder.takeAll(end)
  return compileText(builder, pattern.prefix, rest)
}

/** Whether a branch matches nothing but the empty text by having nothing to match; such branches are dropped. */
function isEmpty(tokens: readonly GlobToken[]): boolean {
  return tokens.every((token) => token.kind === 'alternates' && token.branches.every(isEmpty))
}

/**
 * A class works on bytes, as everything else: a character outside ASCII adds each byte of its UTF-8 form, and a range
 * between two such runs from the last byte of the first to the first byte of the second.
 */
function classSet({ negated, ranges }: { negated: boolean; ranges: readonly [string, string][] }): ByteSet {
  const set = new Uint8Array(256)
  const encoder = new TextEncoder()
  for (const [from, to] of ranges) {
    const first = encoder.encode(from)
    const second = encoder.encode(to)
    for (const byte of first) set[byte] = 1
    if (from === to) continue
    for (const byte of second) set[byte] = 1
    set.fill(1, first.at(-1) ?? 0, (second[0] ?? 0) + 1)
  }
  return negated ? set.map((flag) => 1 - flag) : set
}

function byteSet(...bytes: number[]): ByteSet {
  const set = new Uint8Array(256)
  for (const byte of bytes) set[byte] = 1
  return set
}
