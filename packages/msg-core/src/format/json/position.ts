/** A place in a text: both count from 1, `col` in code points. */
export interface LineCol {
  line: number
  col: number
}

/** Where a UTF-16 index stands; lines end with LF (a CR before it belongs to the line). */
export function lineColAt(text: string, index: number): LineCol {
  const end = Math.min(index, text.length)
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < end; at = text.indexOf('\n', at + 1)) {
    line += 1
    lineStart = at + 1
  }
  let col = 1
  for (let at = lineStart; at < end; at += 1) {
    const unit = text.charCodeAt(at)
    if (!isLowSurrogate(unit)) col += 1
  }
  return { line, col }
}

/**
 * Like {@link lineColAt} for many places of one text: a place after the one asked for before costs only the way
 * between them, so that ascending questions read the text once.
 */
export function lineLocator(text: string): (index: number) => LineCol {
  let at = 0
  let line = 1
  let col = 1
  return (index) => {
    const end = Math.min(index, text.length)
    if (end < at) {
      at = 0
      line = 1
      col = 1
    }
    for (; at < end; at += 1) {
      const unit = text.charCodeAt(at)
      if (unit === 0x0a) {
        line += 1
        col = 1
      } else if (!isLowSurrogate(unit)) col += 1
    }
    return { line, col }
  }
}

/** The second half of a surrogate pair is not a column of its own. */
function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
