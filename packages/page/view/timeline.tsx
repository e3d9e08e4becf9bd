import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { entryFlags } from '../src/document.ts'
import type { Recording } from './data.ts'
import { drawTimeline, rowHeight, type Span } from './draw-timeline.ts'
import { durationText } from './words.ts'

/** Rows of the timeline that are seen without scrolling. */
const seenRows = 12
/** Part of the span that a key moves or takes away. */
const step = 0.2
const widestLabel = 220
/** Part of the width that labels take at most. */
const labelShare = 0.4

/** A row for each lane, a bar for each entry from its begin to its end. */
export function Timeline({
  recording,
  selected,
  onSelect,
}: {
  readonly recording: Recording
  readonly selected: number | undefined
  readonly onSelect: (entry: number) => void
}) {
  const whole: Span = { from: 0, to: recording.end + 1 }
  const canvas = useRef<HTMLCanvasElement>(null)
  const [span, setSpan] = useState(whole)
  const [width, setWidth] = useState(0)
  const [firstRow, setFirstRow] = useState(0)
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number }>()
  const labelWidth = Math.min(widestLabel, Math.round(width * labelShare))
  const rows = Math.min(seenRows, Math.max(1, recording.index.tracks.length))
  const dark = useDark()

  useLayoutEffect(() => {
    const element = canvas.current
    if (element === null) return
    const observer = new ResizeObserver(() => setWidth(element.clientWidth))
    observer.observe(element)
    setWidth(element.clientWidth)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    const element = canvas.current
    if (element === null || width === 0) return
    const frame = requestAnimationFrame(() =>
      drawTimeline(element, { recording, span, selected, firstRow, rows, labelWidth, width, drag }),
    )
    return () => cancelAnimationFrame(frame)
  }, [recording, span, selected, firstRow, rows, labelWidth, width, drag, dark])

  const zoom = (factor: number, at = (span.from + span.to) / 2): void => {
    const length = Math.max(4, (span.to - span.from) * factor)
    const share = (at - span.from) / (span.to - span.from)
    setSpan(within(whole, at - share * length, length))
  }
  const pan = (share: number): void => {
    const length = span.to - span.from
    setSpan(within(whole, span.from + share * length, length))
  }
  const timeAt = (x: number): number => span.from + ((x - labelWidth) / (width - labelWidth)) * (span.to - span.from)
  const x = (event: MouseEvent): number => event.clientX - (canvas.current?.getBoundingClientRect().left ?? 0)
  const y = (event: MouseEvent): number => event.clientY - (canvas.current?.getBoundingClientRect().top ?? 0)

  const keys: Readonly<Record<string, () => void>> = {
    ArrowLeft: () => pan(-step),
    ArrowRight: () => pan(step),
    ArrowUp: () => setFirstRow(Math.max(0, firstRow - 1)),
    ArrowDown: () => setFirstRow(Math.max(0, Math.min(recording.index.tracks.length - rows, firstRow + 1))),
    '+': () => zoom(1 / 2),
    '=': () => zoom(1 / 2),
    '-': () => zoom(2),
    Home: () => setSpan(whole),
    n: () => onSelect(neighbour(recording, selected, 1)),
    p: () => onSelect(neighbour(recording, selected, -1)),
  }
  return (
    <section class="timeline" aria-label={`Timeline of ${recording.index.name}`}>
      <canvas
        ref={canvas}
        tabIndex={0}
        role="img"
        aria-label={
          `Timeline of ${recording.index.name}: ${recording.count} entries in ${recording.index.tracks.length} lanes. ` +
          'Arrow keys move, plus and minus zoom, Home shows all, n and p select the next and previous entry.'
        }
        style={{ height: `${(rows + 1) * rowHeight}px` }}
        onKeyDown={(event) => {
          const act = keys[event.key]
          if (act === undefined || event.ctrlKey || event.metaKey) return
          event.preventDefault()
          act()
        }}
        onWheel={(event) => {
          event.preventDefault()
          if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY))
            pan(Math.sign(event.deltaX + event.deltaY) * step)
          else zoom(event.deltaY > 0 ? 1.3 : 1 / 1.3, timeAt(x(event)))
        }}
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          setDrag({ from: x(event), to: x(event) })
        }}
        onPointerMove={(event) => {
          if (drag !== undefined) setDrag({ ...drag, to: x(event) })
        }}
        onPointerUp={(event) => {
          if (drag === undefined) return
          setDrag(undefined)
          const [from, to] = [Math.min(drag.from, x(event)), Math.max(drag.from, x(event))]
          if (to - from > 4) setSpan(within(whole, timeAt(from), timeAt(to) - timeAt(from)))
          else {
            const row = firstRow + Math.floor((y(event) - rowHeight) / rowHeight)
            const near = nearest(recording, row, timeAt(from), ((span.to - span.from) / (width - labelWidth)) * 6)
            if (near !== undefined) onSelect(near)
          }
        }}
        onDblClick={() => setSpan(whole)}
      />
      <p class="legend">
        <span class="key publish">publish to its confirm</span> <span class="key delivery">delivery to its settle</span>{' '}
        <span class="key failed">refused, rejected or failed</span> <span class="key divergent">diverged</span>
        {recording.index.clock === 'microseconds'
          ? ` · ${durationText(Math.round(span.to - span.from))} shown`
          : ` · begins and ends in their order, ${Math.round(span.to - span.from).toLocaleString('en')} shown`}
        <span class="buttons">
          <button type="button" onClick={() => zoom(1 / 2)} aria-label="Zoom in">
            +
          </button>
          <button type="button" onClick={() => zoom(2)} aria-label="Zoom out">
            −
          </button>
          <button type="button" onClick={() => setSpan(whole)}>
            All
          </button>
        </span>
      </p>
    </section>
  )
}

function within(whole: Span, from: number, length: number): Span {
  const all = whole.to - whole.from
  const size = Math.min(all, Math.max(4, length))
  const start = Math.min(whole.to - size, Math.max(whole.from, from))
  return { from: start, to: start + size }
}

/** The entry of a row that is nearest to a moment, no farther than `reach`. */
function nearest({ column, count }: Recording, row: number, time: number, reach: number): number | undefined {
  let best: number | undefined
  let distance = reach
  for (let entry = 0; entry < count; entry++) {
    if (column.track[entry] !== row) continue
    const begin = column.begin[entry] ?? 0
    const end = column.end[entry] ?? 0
    const away = time < begin ? begin - time : time > end ? time - end : 0
    // Of bars over one another the shortest is meant: the others can be hit beside it.
    if (away < distance || (away === distance && best !== undefined && end - begin < length(column, best))) {
      best = entry
      distance = away
    }
  }
  return best
}

function length(column: Recording['column'], entry: number): number {
  return (column.end[entry] ?? 0) - (column.begin[entry] ?? 0)
}

/** The next entry that diverged, where there are any; the next one otherwise. */
function neighbour({ count, column, divergent }: Recording, selected: number | undefined, direction: 1 | -1): number {
  const from = selected ?? (direction === 1 ? -1 : count)
  for (let entry = from + direction; entry >= 0 && entry < count; entry += direction) {
    if (divergent.size === 0 || ((column.flags[entry] ?? 0) & entryFlags.divergent) !== 0) return entry
  }
  return Math.min(count - 1, Math.max(0, from))
}

function useDark(): boolean {
  const [dark, setDark] = useState(() => matchMedia('(prefers-color-scheme: dark)').matches)
  useEffect(() => {
    const query = matchMedia('(prefers-color-scheme: dark)')
    const change = (): void => setDark(query.matches)
    query.addEventListener('change', change)
    return () => query.removeEventListener('change', change)
  }, [])
  return dark
}
