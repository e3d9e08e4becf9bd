/** Numbers in a row; `state` is where another generator can go on. */
export interface SeededNumbers {
  (below: number): number
  readonly state: () => number
}

/**
 * Numbers from a seed, the same on every machine: `splitmix32` over 32 bit integers (Steele, Lea, Flood: Fast Splittable
 * Pseudorandom Number Generators, 2014, in its 32 bit form).
 *
 * @param seed a whole number from 0 to 2^53 - 1
 * @param from where to go on: the state of another generator
 * @returns whole numbers from 0 to `below` - 1, `below` at most 2^32
 */
export function seededNumbers(seed: number, from?: number): SeededNumbers {
  let state = from ?? (seed ^ Math.imul(Math.floor(seed / 0x1_0000_0000), 0x9e37_79b1)) >>> 0
  const next = (below: number): number => {
    state = (state + 0x9e37_79b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0_aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a_2d97)
    mixed ^= mixed >>> 15
    return Math.floor(((mixed >>> 0) / 0x1_0000_0000) * below)
  }
  next.state = (): number => state
  return next
}
