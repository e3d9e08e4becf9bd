import type { Documents } from '../../x07/document/documents.ts'
import type { Finding } from '../../finding.ts'

/** The longest piece of a line that is shown, in characters: minified contracts are one line. */
const MAX_WIDTH = 100

/** The line a finding points at with a mark under the place; undefined where the text is not at hand. */
export function codeFrame(finding: Finding, documents: Documents): string | undefined {
  const { at } = finding
  if (at?.line === undefined || at.col === undefined) return undefined
  const text = documents.get(at.file)?.text
  const line = text?.split('\n')[at.line - 1]?.replace(/\r$/, '')
  if (line === undefined) return undefined
  const characters = Array.from(line)
  const from = Math.max(0, Math.min(at.col - 1 - MAX_WIDTH / 2, characters.length - MAX_WIDTH))
  const shown = characters
    .slice(from, from + MAX_WIDTH)
    .join('')
    .replaceAll('\t', ' ')
    // One character for one, so that the mark stays under its place.
    .replaceAll(/[\p{Cc}\u2028\u2029]/gu, '\ufffd')
  const gutter = `${at.line} | `
  return `  ${gutter}${shown}\n  ${' '.repeat(gutter.length - 2)}| ${' '.repeat(at.col - 1 - from)}^`
}
