/**
 * Numbers as X07's hash form sees them. X07 reads JSON with serde_json: an integer that fits i64 or u64 keeps its
 * digits, everything else becomes a double, and that double is not always the nearest one. `JSON.parse` loses both
 * metadata, so locks are made from number tokens.
 */
export type X07Number = { kind: 'integer'; digits: string } | { kind: 'double'; value: number }

const U64_MAX = 2n ** 64n - 1n
const I64_MIN_MAGNITUDE = 2n ** 63n

/** Reads a JSON number token; undefined where X07 calls it out of range. */
export function readX07Number(token: string): X07Number | undefined {
  const negative = token.startsWith('-')
  const match = /^-?(\d+)(?:\.(\d+))?(?:[eE]([+-]?)(\d+))?$/.exec(token)
  if (match === null) return undefined
  const [, whole = '', fraction, sign, exponentDigits] = match
  const integer = takeDigits(0n, whole)
  let { significand } = integer
  let exponent = integer.dropped

  if (fraction === undefined && exponentDigits === undefined && integer.dropped === 0) {
    if (!negative) return { kind: 'integer', digits: significand.toString() }
    if (significand > 0n && significand <= I64_MIN_MAGNITUDE) return { kind: 'integer', digits: `-${significand}` }
    return { kind: 'double', value: -Number(significand) }
  }
  if (fraction !== undefined) {
    const decimal = takeDigits(significand, fraction)
    significand = decimal.significand
    exponent -= fraction.length - decimal.dropped
  }
  if (exponentDigits !== undefined) {
    // Exponents past i32 are zero or an error whatever the digits before them say.
    const written = Number(exponentDigits)
    if (written > 2 ** 31 - 1) {
      if (significand !== 0n && sign !== '-') return undefined
      return { kind: 'double', value: negative ? -0 : 0 }
    }
    exponent += sign === '-' ? -written : written
  }
  const value = scale(Number(significand), exponent)
  return value === undefined ? undefined : { kind: 'double', value: negative ? -value : value }
}

/** Appends digits while the result fits u64; the first that does not, and all after it, are dropped. */
function takeDigits(start: bigint, digits: string): { significand: bigint; dropped: number } {
  // Eighteen digits never overflow, and most numbers have fewer.
  if (start === 0n && digits.length <= 18) return { significand: BigInt(digits), dropped: 0 }
  let significand = start
  for (let at = 0; at < digits.length; at += 1) {
    const next = significand * 10n + BigInt(digits.charCodeAt(at) - 0x30)
    if (next > U64_MAX) return { significand, dropped: digits.length - at }
    significand = next
  }
  return { significand, dropped: 0 }
}

/** One multiplication or division by a power of ten, as serde_json does without its exact-float feature. */
function scale(significand: number, exponent: number): number | undefined {
  let value = significand
  let rest = exponent
  while (rest < -308) {
    if (value === 0) return 0
    value /= 1e308
    rest += 308
  }
  if (rest > 308) return value === 0 ? 0 : undefined
  value = rest >= 0 ? value * powerOfTen(rest) : value / powerOfTen(-rest)
  return Number.isFinite(value) ? value : undefined
}

function powerOfTen(exponent: number): number {
  return Number(`1e${exponent}`)
}

/** Prints a number in X07's hash form: integers as their digits, doubles with shortest digits and a point or exponent. */
export function printX07Number(number: X07Number): string {
  if (number.kind === 'integer') return number.digits
  const { value } = number
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const [mantissa = '', power = ''] = Math.abs(value).toExponential().split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(power)
  const sign = value < 0 ? '-' : ''
  if (exponent < -5 || exponent > 15) {
    const point = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits
    return `${sign}${point}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent)}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.padEnd(exponent + 1, '0')
  return `${sign}${whole.slice(0, exponent + 1)}.${whole.slice(exponent + 1) || '0'}`
}
