import type { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** Where a line is shown. */
export type Shown = Writable & { readonly isTTY?: boolean; readonly columns?: number }

/** How a line is told apart by its first word. */
const styles: Readonly<Record<string, Parameters<typeof styleText>[0]>> = {
  identical: 'green',
  'verdict   identical': ['bold', 'green'],
  'verdict   differs': ['bold', 'red'],
  'verdict   stopped': ['bold', 'red'],
  diverged: 'red',
  differs: 'red',
  stopped: 'red',
  delivery: 'yellow',
  look: 'cyan',
  page: 'cyan',
  'lab:': 'red',
  'vcr:': 'bold',
  'note:': 'yellow',
}
/** The longest first: a verdict is more than its word. */
const starts = Object.keys(styles).toSorted((a, b) => b.length - a.length)

/** Columns behind the first word of a line, where its further lines begin. */
const indent = 10
const narrowest = 40

/**
 * A line as a person sees it: on a terminal wrapped between words at its width, and with its first word in colour, where
 * `NO_COLOR` and `FORCE_COLOR` do not say otherwise. Lines that give a command to type stay whole: it is to be copied.
 */
export function dress(line: string, stream: Shown): string {
  return wrap(line, stream)
    .map((part, at) => (at === 0 ? paint(part, stream) : part))
    .join('\n')
}

function paint(line: string, stream: Shown): string {
  const start = starts.find((one) => line === one || line.startsWith(`${one} `) || line.startsWith(`${one}:`))
  const style = start === undefined ? undefined : styles[start]
  if (start === undefined || style === undefined) return line
  return styleText(style, start, { stream }) + line.slice(start.length)
}

function wrap(line: string, { isTTY, columns }: Shown): string[] {
  if (isTTY !== true || /\bpnpm (?:lab|vcr|arch:check)\b/.test(line)) return [line]
  return wrapped(line, columns, indent)
}

/**
 * A line in lines of at most so many columns, broken between words; further lines are indented.
 *
 * @param columns undefined where nothing is wrapped; less than 40 is no terminal that can be written to nicely
 */
export function wrapped(line: string, columns: number | undefined, further = 0): string[] {
  if (columns === undefined || columns < narrowest || line.length <= columns) return [line]
  const lines: string[] = []
  let rest = line
  // Words that find no room beside their indent are written from the left.
  const space = further > columns - narrowest / 2 ? narrowest / 4 : further
  while (rest.length > columns) {
    const cut = rest.lastIndexOf(' ', columns)
    // A word that is longer than the line is the terminal's to break.
    if (cut <= (lines.length === 0 ? 0 : space)) break
    lines.push(rest.slice(0, cut))
    rest = ' '.repeat(space) + rest.slice(cut + 1)
  }
  return [...lines, rest]
}
