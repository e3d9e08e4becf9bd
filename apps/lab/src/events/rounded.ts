/** A string, or a number with all that belongs to it. */
const tokens = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g
/** 2^53 has 16 digits: no shorter number is rounded. */
const longInteger = /^-?\d{16,}$/

/**
 * Whether a JSON text holds an integer that no double is equal to, so that RFC 8785 writes another one in its place.
 * Fractions are not looked at: nearly all of them are rounded, and everybody expects it.
 */
export function roundsAnInteger(text: string): boolean {
  if (!/\d{16}/.test(text)) return false
  for (const [token] of text.matchAll(tokens)) {
    if (longInteger.test(token) && BigInt(token) !== integerOf(String(Number(token)))) return true
  }
  return false
}

/** The value of an integer as JavaScript writes it, from 1e21 with an exponent. */
function integerOf(text: string): bigint {
  const [mantissa = '', exponent = '0'] = text.split('e')
  const [whole = '', fraction = ''] = mantissa.split('.')
  return BigInt(whole + fraction) * 10n ** BigInt(Number(exponent) - fraction.length)
}
