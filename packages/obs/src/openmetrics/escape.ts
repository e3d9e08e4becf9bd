/** Escapes a label value or help text: OpenMetrics has escapes for these three characters and no others. */
export function escapeText(text: string): string {
  return text.replaceAll(/[\\\n"]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))
}

/**
 * Names what OpenMetrics text cannot hold: half of a surrogate pair has no UTF-8 form, and a carriage return has no escape
 * while readers that treat it as the end of a line are common. Undefined where the text can be written.
 */
export function unprintable(text: string): string | undefined {
  if (!text.isWellFormed()) return 'half of a surrogate pair, which has no UTF-8 form'
  return text.includes('\r') ? 'a carriage return, for which OpenMetrics has no escape' : undefined
}
