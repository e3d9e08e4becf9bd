import type { JsonFault } from './fault.ts'
import { type LineCol, lineColAt } from './position.ts'
import { decodeUtf8 } from './utf8.ts'
import { scanNumber, scanString } from './scan.ts'
import type { JsonArray, JsonMember, JsonNode, JsonObject } from './tree.ts'

/** Nesting that is read when the caller sets no other limit; far above any contract, far below any stack. */
export const DEFAULT_MAX_DEPTH = 512

/** What is taken besides what every JSON reader must take. */
export interface ParseOptions {
  /** `refuse` (default) stops at a key that occurs twice in one object, `keep` keeps both members. */
  duplicateKeys?: 'refuse' | 'keep'
  /** `refuse` (default) stops at an escape that is half a surrogate pair, `keep` takes it. */
  loneSurrogates?: 'refuse' | 'keep'
  /** The most arrays and objects one inside the other. */
  maxDepth?: number
}

/** Why a text is not JSON: `offset` counts bytes of the UTF-8 form from 0, `reason` is a phrase for people. */
export interface JsonError extends LineCol {
  fault: JsonFault
  offset: number
  reason: string
}

/** A JSON text that was read, with its tree; positions of the tree index `text`. */
export interface JsonText {
  ok: true
  text: string
  root: JsonNode
}

/**
 * Reads one JSON value (RFC 8259) from bytes or text, in time linear in the input and without recursion, so that
 * hostile nesting costs one error and no stack. Strict by default: no byte-order mark, no invalid UTF-8, no
 * duplicate key, no lone surrogate, no more than {@link DEFAULT_MAX_DEPTH} levels. Numbers stay as written.
 */
export function parseJson(
  input: Uint8Array | string,
  options: ParseOptions = {},
): JsonText | { ok: false; error: JsonError } {
  const decoded = typeof input === 'string' ? { ok: true as const, text: input } : decodeUtf8(input)
  if (!decoded.ok) {
    const before = lineColAt(decoded.valid, decoded.valid.length)
    const reason = 'bytes that are not UTF-8'
    return { ok: false, error: { fault: 'invalid_utf8', offset: decoded.offset, ...before, reason } }
  }
  const text = decoded.text
  try {
    return { ok: true, text, root: parseText(text, options, typeof input === 'string') }
  } catch (error) {
    if (!(error instanceof Stop)) throw error
    const offset = Buffer.byteLength(text.slice(0, error.at))
    return { ok: false, error: { fault: error.fault, offset, ...lineColAt(text, error.at), reason: error.reason } }
  }
}

/** Leaves the reader from any depth; never leaves this module. */
class Stop {
  readonly fault: JsonFault
  readonly at: number
  readonly reason: string
  constructor(fault: JsonFault, at: number, reason: string) {
    this.fault = fault
    this.at = at
    this.reason = reason
  }
}

type Open = { node: JsonArray } | { node: JsonObject; keys: Set<string>; member: Omit<JsonMember, 'value'> }

function parseText(text: string, options: ParseOptions, mayBeIllFormed: boolean): JsonNode {
  const maxDepth = options.maxDepth ?? DEFAULT_MAX_DEPTH
  if (text.charCodeAt(0) === 0xfeff) throw new Stop('byte_order_mark', 0, 'a byte-order mark before the value')
  const stack: Open[] = []
  let at = skipSpace(text, 0)

  const string = (): { value: string; end: number } => {
    const scanned = scanString(text, at)
    if (!scanned.ok) throw new Stop(scanned.fault, scanned.at, scanned.reason)
    const suspect = scanned.escaped || mayBeIllFormed
    if (suspect && options.loneSurrogates !== 'keep' && !scanned.value.isWellFormed()) {
      throw new Stop('lone_surrogate', at, 'a string with half of a surrogate pair, which UTF-8 cannot carry')
    }
    return scanned
  }
  const key = (keys: Set<string>): Omit<JsonMember, 'value'> => {
    if (text[at] !== '"') throw unexpected(text, at, 'a key in double quotes')
    const { value, end } = string()
    if (keys.has(value) && options.duplicateKeys !== 'keep') {
      throw new Stop('duplicate_key', at, `the key ${JSON.stringify(value)} a second time in one object`)
    }
    keys.add(value)
    const member = { key: value, start: at, end }
    at = skipSpace(text, end)
    if (text[at] !== ':') throw unexpected(text, at, 'a colon after the key')
    at = skipSpace(text, at + 1)
    return member
  }

  for (;;) {
    let node: JsonNode | undefined
    const start = at
    const char = text[at]
    if (char === '{' || char === '[') {
      if (stack.length >= maxDepth) throw new Stop('too_deep', at, `more than ${maxDepth} levels of nesting`)
      at = skipSpace(text, at + 1)
      const close = char === '{' ? '}' : ']'
      if (text[at] === close) {
        at += 1
        node =
          char === '{' ? { kind: 'object', members: [], start, end: at } : { kind: 'array', items: [], start, end: at }
      } else if (char === '{') {
        const keys = new Set<string>()
        stack.push({ node: { kind: 'object', members: [], start, end: start }, keys, member: key(keys) })
        continue
      } else {
        stack.push({ node: { kind: 'array', items: [], start, end: start } })
        continue
      }
    } else if (char === '"') {
      const { value, end } = string()
      node = { kind: 'string', value, start, end }
      at = end
    } else if (char === '-' || (char !== undefined && char >= '0' && char <= '9')) {
      const end = scanNumber(text, at)
      if (end < 0) throw unexpected(text, -end - 1, 'a digit')
      node = { kind: 'number', token: text.slice(at, end), start, end }
      at = end
    } else {
      const word = LITERALS.find(([name]) => text.startsWith(name, start))
      if (word === undefined) throw unexpected(text, at, 'a value')
      at += word[0].length
      node = { kind: 'literal', value: word[1], start, end: at }
    }

    // The value is complete: give it to its parent, and close every parent that ends here.
    for (;;) {
      at = skipSpace(text, at)
      const open = stack.at(-1)
      if (open === undefined) {
        if (at < text.length) throw unexpected(text, at, 'nothing after the value')
        return node
      }
      if ('keys' in open) open.node.members.push({ ...open.member, value: node })
      else open.node.items.push(node)
      if (text[at] === ',') {
        at = skipSpace(text, at + 1)
        if ('keys' in open) open.member = key(open.keys)
        break
      }
      const close = 'keys' in open ? '}' : ']'
      if (text[at] !== close) throw unexpected(text, at, `a comma or ${close}`)
      at += 1
      node = open.node
      node.end = at
      stack.pop()
    }
  }
}

const LITERALS = [
  ['null', null],
  ['true', true],
  ['false', false],
] as const

function skipSpace(text: string, from: number): number {
  let at = from
  for (;;) {
    const unit = text.charCodeAt(at)
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at
    at += 1
  }
}

function unexpected(text: string, at: number, wanted: string): Stop {
  if (at >= text.length)
    return new Stop('unexpected_end', text.length, `the end of the text, where ${wanted} should stand`)
  const char = String.fromCodePoint(text.codePointAt(at) ?? 0)
  return new Stop('unexpected_character', at, `${JSON.stringify(char)}, where ${wanted} should stand`)
}
