/** One line without its end; `bytes` is undefined for a line longer than allowed. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly bytes: Uint8Array | undefined
}

const lineFeed = 0x0a
const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/**
 * Splits a stream into lines, keeping no more than one of them. A byte-order mark at the very start is dropped. Ends after
 * the first line that is longer than `maxBytes`.
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<Line> {
  let parts: Uint8Array[] = []
  let length = 0
  let number = 1
  const take = (): Uint8Array => {
    const whole = parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts)
    parts = []
    length = 0
    const marked = number === 1 && byteOrderMark.equals(whole.subarray(0, 3))
    return marked ? whole.subarray(3) : whole
  }
  for await (const chunk of chunks) {
    let start = 0
    for (;;) {
      const end = chunk.indexOf(lineFeed, start)
      const part = chunk.subarray(start, end < 0 ? chunk.length : end)
      length += part.length
      if (length > maxBytes) {
        yield { number, bytes: undefined }
        return
      }
      if (part.length > 0) parts.push(part)
      if (end < 0) break
      yield { number, bytes: take() }
      number++
      start = end + 1
    }
  }
  if (length > 0) yield { number, bytes: take() }
}
