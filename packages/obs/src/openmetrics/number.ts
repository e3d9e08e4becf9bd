/** From this power of ten on, and below {@link LOWEST_FIXED}, numbers are written with an exponent. */
const FIRST_EXPONENT = 6
const LOWEST_FIXED = -4

/**
 * The canonical form of a double in OpenMetrics: the shortest digits that read back the same, a point or an exponent
 * always, `1e-05` and `1e+06` from there outwards, as in Go's `%g`. Zero has no sign.
 *
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md "Canonical Numbers"
 */
export function canonicalFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return '0.0'
  const [digits = '', exponentText = ''] = value.toExponential().split('e')
  const exponent = Number(exponentText)
  if (exponent < LOWEST_FIXED || exponent >= FIRST_EXPONENT) {
    return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
  }
  const fixed = String(value)
  return fixed.includes('.') ? fixed : `${fixed}.0`
}

/**
 * A number of millionths as a decimal with a point, exactly: 1500000n is `1.5`, 0n is `0.0`, 1n is `0.000001`. Never
 * through a double, so that no digit is lost however large it is.
 */
export function millionths(ticks: bigint): string {
  const whole = ticks / 1_000_000n
  const fraction = String(ticks % 1_000_000n)
    .padStart(6, '0')
    .replace(/0+$/, '')
  return `${whole}.${fraction === '' ? '0' : fraction}`
}
