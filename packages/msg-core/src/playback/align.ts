/** One step that makes the recorded sequence the one of now. */
export type Edit =
  | { readonly kind: 'same'; readonly recorded: number; readonly now: number }
  | { readonly kind: 'left_out'; readonly recorded: number }
  | { readonly kind: 'put_in'; readonly now: number; readonly before: number }

/** Edits looked for, at most. Time is this number times the length, memory its square: 4 MiB. */
const maxEdits = 1_000

/**
 * The fewest edits between two sequences (longest common subsequence, after Myers, "An O(ND) difference algorithm and its
 * variations", 1986), in order; undefined where more than 1,000 would be needed.
 */
export function align(recorded: readonly string[], now: readonly string[]): Edit[] | undefined {
  let start = 0
  while (start < recorded.length && start < now.length && recorded[start] === now[start]) start++
  let [recordedEnd, nowEnd] = [recorded.length, now.length]
  while (recordedEnd > start && nowEnd > start && recorded[recordedEnd - 1] === now[nowEnd - 1]) {
    recordedEnd--
    nowEnd--
  }
  const middle = editsOf(recorded, start, recordedEnd, now, start, nowEnd)
  if (middle === undefined) return undefined
  const edits: Edit[] = []
  for (let at = 0; at < start; at++) edits.push({ kind: 'same', recorded: at, now: at })
  edits.push(...middle)
  for (let at = recordedEnd; at < recorded.length; at++)
    edits.push({ kind: 'same', recorded: at, now: at - recordedEnd + nowEnd })
  return edits
}

/** The edits of `recorded[from, end)` into `now[nowFrom, nowEnd)`. */
function editsOf(
  recorded: readonly string[],
  from: number,
  end: number,
  now: readonly string[],
  nowFrom: number,
  nowEnd: number,
): Edit[] | undefined {
  const [width, height] = [end - from, nowEnd - nowFrom]
  const most = Math.min(width + height, maxEdits)
  /** By diagonal: how far along the recorded sequence a path with the edits so far comes. */
  const reach = new Int32Array(2 * most + 3)
  const trace: Int32Array[] = []
  for (let edits = 0; edits <= most; edits++) {
    trace.push(reach.slice(most - edits, most + edits + 3))
    for (let diagonal = -edits; diagonal <= edits; diagonal += 2) {
      const at = most + 1 + diagonal
      const down = diagonal === -edits || (diagonal !== edits && (reach[at - 1] ?? 0) < (reach[at + 1] ?? 0))
      let x = down ? (reach[at + 1] ?? 0) : (reach[at - 1] ?? 0) + 1
      let y = x - diagonal
      while (x < width && y < height && recorded[from + x] === now[nowFrom + y]) {
        x++
        y++
      }
      reach[at] = x
      if (x >= width && y >= height) return walkBack(trace, from, width, nowFrom, height)
    }
  }
  return undefined
}

function walkBack(trace: readonly Int32Array[], from: number, width: number, nowFrom: number, height: number): Edit[] {
  const edits: Edit[] = []
  let [x, y] = [width, height]
  for (let count = trace.length - 1; count >= 0; count--) {
    // Row `count` holds the diagonals from -count-1 to count+1.
    const row = trace[count]
    const reachOf = (diagonal: number): number => row?.[diagonal + count + 1] ?? 0
    const diagonal = x - y
    const down = diagonal === -count || (diagonal !== count && reachOf(diagonal - 1) < reachOf(diagonal + 1))
    const before = down ? diagonal + 1 : diagonal - 1
    const startX = count === 0 ? 0 : reachOf(before)
    const startY = count === 0 ? 0 : startX - before
    while (x > startX + (count > 0 && !down ? 1 : 0) && y > startY + (count > 0 && down ? 1 : 0)) {
      x--
      y--
      edits.push({ kind: 'same', recorded: from + x, now: nowFrom + y })
    }
    if (count === 0) break
    if (down) edits.push({ kind: 'put_in', now: nowFrom + --y, before: from + x })
    else edits.push({ kind: 'left_out', recorded: from + --x })
  }
  return edits.toReversed()
}
