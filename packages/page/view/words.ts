import type { Recording } from './data.ts'

/** Control characters, and those that turn the direction of text or have no width: they are told, and do nothing. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g

/** Text of a recording as it is shown: what nobody could see is written as `\u202e`. */
export function visible(text: string): string {
  return text.replaceAll(unseen, (one) => `\\u${one.codePointAt(0)?.toString(16).padStart(4, '0') ?? ''}`)
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB']

export function bytesText(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1_024 && unit < byteUnits.length - 1) {
    value /= 1_024
    unit++
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${byteUnits[unit] ?? 'B'}`
}

/** Microseconds as people read them. */
export function durationText(micros: number): string {
  if (micros < 1_000) return `${micros} µs`
  if (micros < 1_000_000) return `${(micros / 1_000).toFixed(1)} ms`
  return `${(micros / 1_000_000).toFixed(2)} s`
}

/** A recording in a line. */
export function words({ index, count }: Recording): string {
  const { bytes, seal, tracks } = index
  const facts = typeof seal === 'object' && seal !== null && !Array.isArray(seal) ? Object.entries(seal) : []
  return [
    `${count.toLocaleString('en')} entries`,
    bytesText(bytes),
    `${tracks.length} ${tracks.length === 1 ? 'track' : 'tracks'}`,
    ...facts
      .filter(([, value]) => value !== '' && value !== null)
      .map(([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`),
  ].join(' · ')
}
