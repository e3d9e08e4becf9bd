import { entryFlags } from '../src/document.ts'
import type { Recording } from './data.ts'
import { durationText } from './words.ts'

/** Height of a row in CSS pixels. */
export const rowHeight = 22
const barHeight = 14

/** A part of the clock. */
export interface Span {
  readonly from: number
  readonly to: number
}

interface Drawing {
  readonly recording: Recording
  readonly span: Span
  readonly selected: number | undefined
  readonly firstRow: number
  readonly rows: number
  readonly labelWidth: number
  readonly width: number
  readonly drag: { readonly from: number; readonly to: number } | undefined
}

/** What a pixel of a row shows: of several entries the one that matters most. */
const ranks = ['other', 'publish', 'delivery', 'failed', 'divergent'] as const
type Rank = (typeof ranks)[number]

/**
 * Draws the rows that are seen. A pixel of a row is drawn once, as the most important entry in it, so that a million entries take
 * one pass over the tables and no more rectangles than there are pixels.
 */
export function drawTimeline(canvas: HTMLCanvasElement, drawing: Drawing): void {
  const { recording, rows, firstRow, labelWidth, width, span, drag } = drawing
  const ratio = devicePixelRatio
  const height = (rows + 1) * rowHeight
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  const context = canvas.getContext('2d')
  if (context === null) return
  context.scale(ratio, ratio)
  const color = colors(canvas)
  context.clearRect(0, 0, width, height)
  context.font = '12px system-ui, sans-serif'
  context.textBaseline = 'middle'
  drawAxis(context, drawing, color)
  for (let row = 0; row < rows; row++) {
    const top = (row + 1) * rowHeight
    context.fillStyle = color('line')
    context.fillRect(0, top, width, 1)
    context.fillStyle = color('text')
    context.fillText(fitted(context, recording.labelOf(firstRow + row), labelWidth - 12), 4, top + rowHeight / 2)
  }
  drawBars(context, drawing, color)
  drawSelected(context, drawing, color)
  if (drag !== undefined) {
    context.fillStyle = color('selection')
    context.fillRect(Math.min(drag.from, drag.to), rowHeight, Math.abs(drag.to - drag.from), height)
  }
  canvas.dataset['drawn'] = `${span.from}-${span.to}`
}

function drawBars(context: CanvasRenderingContext2D, drawing: Drawing, color: Colors): void {
  const { recording, span, firstRow, rows, labelWidth, width } = drawing
  const { column, count } = recording
  const pixels = Math.max(1, Math.floor(width - labelWidth))
  const perUnit = pixels / (span.to - span.from)
  const shown = new Uint8Array(rows * pixels)
  for (let entry = 0; entry < count; entry++) {
    const row = (column.track[entry] ?? 0) - firstRow
    if (row < 0 || row >= rows) continue
    const begin = column.begin[entry] ?? 0
    const end = column.end[entry] ?? 0
    if (end < span.from || begin > span.to) continue
    const from = Math.max(0, Math.floor((begin - span.from) * perUnit))
    const to = Math.min(pixels - 1, Math.max(from, Math.floor((end - span.from) * perUnit) - 1))
    const rank = rankOf(recording, entry) + 1
    for (let at = row * pixels + from; at <= row * pixels + to; at++) if ((shown[at] ?? 0) < rank) shown[at] = rank
  }
  for (let row = 0; row < rows; row++) {
    const top = (row + 1) * rowHeight + (rowHeight - barHeight) / 2
    let start = 0
    for (let x = 1; x <= pixels; x++) {
      const before = shown[row * pixels + x - 1] ?? 0
      if (x < pixels && shown[row * pixels + x] === before) continue
      const rank = ranks[before - 1]
      if (rank !== undefined) {
        context.fillStyle = color(rank)
        context.fillRect(labelWidth + start, top, x - start, barHeight)
      }
      start = x
    }
  }
}

function rankOf(recording: Recording, entry: number): number {
  const flags = recording.column.flags[entry] ?? 0
  if ((flags & entryFlags.divergent) !== 0) return 4
  if ((flags & entryFlags.failed) !== 0) return 3
  const kind = recording.kindOf(entry)
  return kind === 'delivery' ? 2 : kind === 'publish' ? 1 : 0
}

/** The selected entry, and lines to what caused it and what it caused. */
function drawSelected(context: CanvasRenderingContext2D, drawing: Drawing, color: Colors): void {
  const { recording, selected, span, firstRow, rows, labelWidth, width } = drawing
  if (selected === undefined) return
  const { column } = recording
  const perUnit = (width - labelWidth) / (span.to - span.from)
  const x = (time: number): number => labelWidth + (time - span.from) * perUnit
  const middle = (entry: number): number => ((column.track[entry] ?? 0) - firstRow + 1.5) * rowHeight
  context.save()
  context.beginPath()
  context.rect(labelWidth, rowHeight, width - labelWidth, rows * rowHeight)
  context.clip()
  context.strokeStyle = color('selected')
  context.lineWidth = 2
  const begin = column.begin[selected] ?? 0
  const end = column.end[selected] ?? 0
  context.strokeRect(
    x(begin) - 1,
    middle(selected) - rowHeight / 2 + 2,
    Math.max(4, (end - begin) * perUnit) + 2,
    rowHeight - 4,
  )
  context.lineWidth = 1
  const cause = recording.causeOf(selected)
  const lines = [
    ...(cause === undefined ? [] : [[cause, selected] as const]),
    ...recording.effectsOf(selected).map((effect) => [selected, effect] as const),
  ]
  for (const [from, to] of lines) {
    context.beginPath()
    context.moveTo(x(column.begin[from] ?? 0), middle(from))
    context.lineTo(x(column.begin[to] ?? 0), middle(to))
    context.stroke()
  }
  context.restore()
}

const mostTicks = 6
/** Room for one number of the axis, in CSS pixels. */
const tickWidth = 80

function drawAxis(
  context: CanvasRenderingContext2D,
  { recording, span, labelWidth, width }: Drawing,
  color: Colors,
): void {
  if (recording.count === 0) return
  const isTime = recording.index.clock === 'microseconds'
  const most = Math.min(mostTicks, Math.floor((width - labelWidth) / tickWidth), Math.floor(span.to - span.from))
  const ticks = Math.max(1, most)
  context.fillStyle = color('dim')
  for (let tick = 0; tick <= ticks; tick++) {
    const time = span.from + ((span.to - span.from) * tick) / ticks
    const at = labelWidth + ((width - labelWidth) * tick) / ticks
    context.textAlign = tick === ticks ? 'right' : tick === 0 ? 'left' : 'center'
    const text = isTime ? durationText(Math.round(time)) : Math.round(time).toLocaleString('en')
    context.fillText(text, at, rowHeight / 2)
  }
  context.textAlign = 'left'
}

type Colors = (name: Rank | 'line' | 'text' | 'dim' | 'selection' | 'selected') => string

/** The colours of the style sheet, light or dark. */
function colors(element: Element): Colors {
  const style = getComputedStyle(element)
  const known = new Map<string, string>()
  return (name) => {
    const value = known.get(name) ?? style.getPropertyValue(`--${name}`)
    known.set(name, value)
    return value
  }
}

/** Characters of a label that are measured, of which no more than these fit into any width. */
const mostCharacters = 200

/** A label as wide as there is room, without its middle: how it begins and how it ends tell lanes apart. */
function fitted(context: CanvasRenderingContext2D, label: string, width: number): string {
  const characters = Array.from(label.slice(0, mostCharacters) + label.slice(mostCharacters).slice(-mostCharacters))
  const cut = (kept: number): string =>
    kept >= characters.length
      ? label
      : `${characters.slice(0, Math.ceil(kept / 2)).join('')}…${characters.slice(characters.length - Math.floor(kept / 2)).join('')}`
  let [fits, tooMany] = [0, characters.length + 1]
  while (tooMany - fits > 1) {
    const middle = (fits + tooMany) >> 1
    if (context.measureText(cut(middle)).width <= width) fits = middle
    else tooMany = middle
  }
  return cut(fits)
}
