/**
 * Orders strings by the bytes of their UTF-8 form, which is the order of their code points. It differs from `<` only
 * where one string has a surrogate pair and the other a character from U+E000 to U+FFFF.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let at = 0; at < length; at += 1) {
    const left = a.charCodeAt(at)
    const right = b.charCodeAt(at)
    if (left !== right) return rank(left) - rank(right)
  }
  return a.length - b.length
}

/** Moves surrogates above the rest of the basic plane, where the code points they stand for belong. */
function rank(unit: number): number {
  return unit < 0xd800 || unit > 0xdfff ? unit : unit + 0x2800
}

/** True where no element is below its predecessor; equal neighbours are in order. */
export function isSorted(values: readonly string[]): boolean {
  return values.every((value, at) => at === 0 || compareUtf8(values[at - 1] ?? '', value) <= 0)
}

/** The index of the first element an earlier one equals. */
export function firstRepeated(values: readonly string[]): number {
  // Most lists are short, and looking back costs less than a set.
  if (values.length <= 8) return values.findIndex((value, at) => values.indexOf(value) < at)
  const seen = new Set<string>()
  return values.findIndex((value) => seen.size === seen.add(value).size)
}

/** The index of the first element below its predecessor. */
export function firstUnsorted(values: readonly string[]): number {
  return values.findIndex((value, at) => at > 0 && compareUtf8(values[at - 1] ?? '', value) > 0)
}
