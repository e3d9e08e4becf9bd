/**
 * Most tokens of a source that is parsed in this process. The parser recurses, and a file made to nest deep enough ends
 * the process with a segmentation fault. Every level takes a token at least, and the cheapest kinds of level were seen
 * to overflow 8 MiB of stack, the usual limit, from 6,400 tokens on.
 */
export const SAFE_TOKENS = 3_000

/** Whether a source may hold more tokens than {@link SAFE_TOKENS}; counts words in strings and comments too. */
export function mayNestTooDeep(text: string): boolean {
  if (text.length <= SAFE_TOKENS) return false
  let tokens = 0
  let inWord = false
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    const blank = code <= 0x20
    const word = !blank && isWord(code)
    if (!blank && !(word && inWord) && ++tokens > SAFE_TOKENS) return true
    inWord = word
  }
  return false
}

function isWord(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code >= 0x80
  )
}
