/** C0 and C1 controls, and the separators that some displays break a line at. */
const CONTROLS = /[\p{Cc}\u2028\u2029]/gu

/** A text that can quote what came from outside, such as a name: it stays one line, and steers no terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(CONTROLS, (one) => {
    if (one === '\n') return String.raw`\n`
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
