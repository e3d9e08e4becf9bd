import type { Recording } from './data.ts'

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
