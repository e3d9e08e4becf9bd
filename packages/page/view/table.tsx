import { useEffect, useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import { entryFlags } from '../src/document.ts'
import type { Details, Recording } from './data.ts'
import { bytesText, durationText, visible } from './words.ts'

/** Height of a row in pixels, as the style has it. */
const rowHeight = 26
/** Rows drawn above and below what is seen. */
const spare = 10
/** Tallest element that browsers lay out exactly; more rows than fit are scrolled in proportion. */
const maxHeight = 16_000_000
const columnNames = ['Entry', 'Kind', 'Lane', 'Key', 'Size', 'Took', 'Status', 'Message']

/** The messages, one row each; only the rows that are seen are drawn. */
export function MessageTable({
  recording,
  entries,
  selected,
  onSelect,
}: {
  readonly recording: Recording
  readonly entries: Uint32Array
  readonly selected: number | undefined
  readonly onSelect: (entry: number) => void
}) {
  const view = useRef<HTMLDivElement>(null)
  const [scroll, setScroll] = useState({ top: 0, height: 600 })
  const [, refresh] = useReducer((turn: number) => turn + 1, 0)
  const total = entries.length * rowHeight
  const scale = total > maxHeight ? maxHeight / total : 1
  const first = Math.max(0, Math.floor(scroll.top / scale / rowHeight) - spare)
  const last = Math.min(entries.length, Math.ceil(scroll.top / scale / rowHeight + scroll.height / rowHeight) + spare)
  const rows = entries.subarray(first, last)

  useLayoutEffect(() => {
    const element = view.current
    if (element === null) return
    const measure = (): void => setScroll({ top: element.scrollTop, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    let wanted = true
    const missing = [...rows].filter((entry) => recording.detailsNow(entry) === undefined)
    void Promise.all(missing.map((entry) => recording.details(entry))).then(() => {
      if (wanted && missing.length > 0) refresh(undefined)
    })
    return () => {
      wanted = false
    }
  }, [recording, first, last, entries])
  // An entry selected elsewhere comes into view.
  useEffect(() => {
    const element = view.current
    const row = selected === undefined ? -1 : indexIn(entries, selected)
    if (element === null || row < 0) return
    const top = row * rowHeight * scale
    if (top < element.scrollTop || top > element.scrollTop + element.clientHeight - 2 * rowHeight) {
      element.scrollTop = Math.max(0, top - element.clientHeight / 2)
    }
  }, [selected, entries, scale])

  const move = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor(scroll.height / rowHeight) - 1)
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: page,
      PageUp: -page,
      Home: -entries.length,
      End: entries.length,
    }
    const step = steps[event.key]
    if (step === undefined || entries.length === 0) return
    event.preventDefault()
    const from = selected === undefined ? -1 : indexIn(entries, selected)
    const to = Math.min(entries.length - 1, Math.max(0, from + step))
    onSelect(entries[to] ?? 0)
  }

  const top = first * rowHeight * scale
  return (
    <div
      class="table"
      role="grid"
      aria-label="Messages"
      aria-rowcount={entries.length + 1}
      aria-colcount={columnNames.length}
      aria-activedescendant={selected === undefined ? undefined : `row-${selected}`}
      tabIndex={0}
      ref={view}
      onScroll={(event) => setScroll({ top: event.currentTarget.scrollTop, height: event.currentTarget.clientHeight })}
      onKeyDown={move}
    >
      <div role="row" aria-rowindex={1} class="row head">
        {columnNames.map((name) => (
          <span role="columnheader">{name}</span>
        ))}
      </div>
      {entries.length === 0 && (
        <div role="row" class="row">
          <span role="gridcell" class="none">
            {recording.count === 0 ? 'There are no entries.' : 'No entry fits the filter.'}
          </span>
        </div>
      )}
      <div role="rowgroup" style={{ height: `${Math.max(1, total * scale)}px`, position: 'relative' }}>
        {[...rows].map((entry, at) => (
          <Row
            key={entry}
            recording={recording}
            entry={entry}
            position={first + at}
            top={scale === 1 ? (first + at) * rowHeight : top + at * rowHeight}
            details={recording.detailsNow(entry)}
            selected={entry === selected}
            onSelect={onSelect}
          />
        ))}
      </div>
    </div>
  )
}

function Row({
  recording,
  entry,
  position,
  top,
  details,
  selected,
  onSelect,
}: {
  readonly recording: Recording
  readonly entry: number
  readonly position: number
  readonly top: number
  readonly details: Details | undefined
  readonly selected: boolean
  readonly onSelect: (entry: number) => void
}) {
  const { column } = recording
  const flags = column.flags[entry] ?? 0
  const marks = [
    'row',
    recording.kindOf(entry),
    ...(selected ? ['selected'] : []),
    ...((flags & entryFlags.divergent) !== 0 ? ['divergent'] : []),
    ...((flags & entryFlags.failed) !== 0 ? ['failed'] : []),
  ]
  const cells = [
    String(entry),
    recording.kindOf(entry),
    laneOf(recording, entry),
    details?.key ?? '',
    bytesText(column.size[entry] ?? 0),
    durationText(column.ticks[entry] ?? 0),
    recording.outcomeOf(entry),
    details === undefined ? '…' : firstWords(details, recording),
  ]
  return (
    // The grid around it has the keyboard: arrow keys move the selection.
    <div
      role="row"
      id={`row-${entry}`}
      aria-rowindex={position + 2}
      aria-selected={selected}
      class={marks.join(' ')}
      style={{ top: `${top}px` }}
      onClick={() => onSelect(entry)}
    >
      {cells.map((cell) => (
        <span role="gridcell" title={cell.length > 24 ? cell.slice(0, 500) : undefined}>
          {visible(cell)}
        </span>
      ))}
    </div>
  )
}

/** The kind stands beside it. */
function laneOf(recording: Recording, entry: number): string {
  return recording.trackOf(entry).replace(/ (?:published|delivered)(?=,|$)/, '')
}

const shownWords = 240

function firstWords(details: Details, recording: Recording): string {
  const { body, reason, readings, topic } = details
  if (reason !== null) return reason.slice(0, shownWords)
  const same = body !== null && 'same' in body ? recording.detailsNow(body.same) : undefined
  const isUnread = body !== null && 'same' in body && same === undefined
  const held = body !== null && 'same' in body ? (same?.body ?? null) : body
  const whole = held === null ? undefined : 'text' in held ? held.text : 'hex' in held ? `0x${held.hex}` : undefined
  const absent = topic === null || isUnread ? '' : whole === undefined ? '(null)' : '(empty)'
  const text = whole === undefined || whole === '' ? absent : whole
  return [...readings.map(({ form }) => `[${form}]`), text.slice(0, shownWords)].join(' ')
}

/** Where an entry is in a sorted list; -1 where it is not. */
function indexIn(entries: Uint32Array, entry: number): number {
  let low = 0
  let high = entries.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const value = entries[middle] ?? 0
    if (value === entry) return middle
    if (value < entry) low = middle + 1
    else high = middle - 1
  }
  return -1
}
