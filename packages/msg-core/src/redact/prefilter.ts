import { longestText } from './names.ts'
import { defaultRules, type RedactionRules } from './rules.ts'
import { TextFinder } from './text-finder.ts'

/** Texts, in lower case, of which one is in everything that a pattern of the default rules matches. */
const textsOfPattern: ReadonlyMap<string, readonly string[]> = new Map(
  defaultRules.patterns.map((pattern) => [
    pattern,
    pattern.includes('://') ? ['://'] : [pattern.includes('bearer') ? 'bearer' : 'basic'],
  ]),
)
/** What is shorter is in nearly every message. */
const leastText = 3
/** An escape of JSON, by which a name may be spelled in another way. */
const escape = String.raw`\u`
/** A name that is one of a secret only beside a user. */
const passName = '"pass"'
/** A header of bytes that are not text, which stands in Base64 in an envelope. */
const bytesHeader = '{"b64":"'

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
  return anyOf([...ofNames, ...ofPatterns.flatMap((some) => some ?? []), escape, bytesHeader, passName])
}

/** Whether bytes hold one of some ASCII texts, letters in either case. */
function anyOf(texts: readonly string[]): (bytes: Uint8Array) => boolean {
  // One that is within another finds the other too.
  const sought = [...new Set(texts)].filter((text) => !texts.some((other) => other !== text && text.includes(other)))
  const finder = new TextFinder(sought.map((text) => ({ text: Buffer.from(text), anyCase: true })))
  return (bytes) => finder.isIn(bytes)
}
