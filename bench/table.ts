import { isMet, type Measured } from './row.ts'

/** The rows as lines of a table, figures aligned to the right. */
export function table(rows: readonly Measured[]): string {
  const header = ['', 'ours', 'other', 'unit', 'ratio', 'wanted', '']
  const cells = rows.map((row) => [
    row.name,
    figure(row.ours),
    figure(row.other),
    row.unit,
    (row.ours / row.other).toFixed(2),
    wantedOf(row),
    verdictOn(row),
  ])
  const lines = [header, ...cells]
  const widths = header.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines
    .map((line) =>
      line
        .map((cell, column) =>
          isFigure(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

function wantedOf({ wanted, unit }: Measured): string {
  if (wanted === undefined) return ''
  if ('ratioAtLeast' in wanted) return `ratio ≥ ${wanted.ratioAtLeast.toFixed(2)}`
  return `difference ≤ ${wanted.differenceAtMost} ${unit}`
}

function verdictOn(row: Measured): string {
  const met = isMet(row)
  if (met === undefined) return ''
  return met ? 'met' : 'missed'
}

/** The same for programs. */
export function json(rows: readonly Measured[]): string {
  return JSON.stringify(rows.map(({ name, ours, other }) => ({ name, ours, other, ratio: ours / other })))
}

function isFigure(column: number): boolean {
  return column === 1 || column === 2 || column === 4
}

function figure(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toPrecision(3)
}
