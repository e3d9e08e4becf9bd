import { defaultRules, type RedactionRules } from './rules.ts'

/** Texts, in lower case, of which one is in everything that a pattern of the default rules matches. */
const textsOfPattern: ReadonlyMap<string, readonly string[]> = new Map(
  defaultRules.patterns.map((pattern) => [pattern, pattern.includes('://') ? ['://'] : ['bearer', 'basic']]),
)
/** What is shorter is in nearly every message. */
const leastText = 4
/** An escape of JSON, by which a name may be spelled in another way. */
const escape = String.raw`\u`

/**
 * A quick look at bytes: false where the rules replace nothing in them. Nearly all messages hold nothing, and to decode them for that
 * takes as long as to record them. Undefined where rules replace what cannot be told by a text in it: keys, pointers, patterns of a
 * project's own, names that are all wildcards.
 */
export function prefilterOf(rules: RedactionRules): ((bytes: Uint8Array) => boolean) | undefined {
  if (rules.keys !== 'keep' || rules.pointers.length > 0) return undefined
  const ofPatterns = rules.patterns.map((pattern) => textsOfPattern.get(pattern))
  const ofNames = [...rules.headers, ...rules.fields].map(longestText)
  if (ofPatterns.includes(undefined) || ofNames.some((text) => text.length < leastText)) return undefined
  return anyOf([...ofNames, ...ofPatterns.flatMap((some) => some ?? []), escape])
}

/** Whether bytes hold one of some ASCII texts, letters in either case. One look at each byte costs less than a search for each text. */
function anyOf(texts: readonly string[]): (bytes: Uint8Array) => boolean {
  // One that is within another finds the other too.
  const sought = [...new Set(texts)].filter((text) => !texts.some((other) => other !== text && text.includes(other)))
  /** By two bytes: 0, or one more than the place in {@link candidates} of the texts that begin with them. */
  const pairs = new Uint8Array(65_536)
  const candidates: Buffer[][] = []
  for (const text of sought.map((one) => Buffer.from(one))) {
    for (const first of casesOf(text[0]!)) {
      for (const second of casesOf(text[1]!)) {
        const pair = (first << 8) | second
        if (pairs[pair] === 0) pairs[pair] = candidates.push([])
        candidates[pairs[pair]! - 1]?.push(text)
      }
    }
  }
  return (bytes) => {
    const { length } = bytes
    let before = 0
    for (let at = 0; at < length; at++) {
      const byte = bytes[at]!
      const found = pairs[(before << 8) | byte]!
      if (found !== 0 && isAnyAt(bytes, at - 1, candidates[found - 1]!)) return true
      before = byte
    }
    return false
  }
}

function casesOf(byte: number): number[] {
  return isLetter(byte) ? [byte, byte & ~0x20] : [byte]
}

function isLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x7a
}

function isAnyAt(bytes: Uint8Array, at: number, texts: readonly Buffer[]): boolean {
  for (const text of texts) if (isAt(bytes, at, text)) return true
  return false
}

function isAt(bytes: Uint8Array, at: number, text: Buffer): boolean {
  if (at + text.length > bytes.length) return false
  for (let index = 2; index < text.length; index++) {
    const wanted = text[index]!
    if ((isLetter(wanted) ? bytes[at + index]! | 0x20 : bytes[at + index]) !== wanted) return false
  }
  return true
}

/** The longest ASCII text of a glob without wildcards. */
function longestText(glob: string): string {
  const parts = glob.toLowerCase().split(/[*\u0080-\uffff]+/)
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}
