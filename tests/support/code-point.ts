import { integer } from 'fast-check'

/** Any code point that is one, as a text; fast-check's own unit of them takes a second to make. */
export const codePoint = integer({ min: 0, max: 0x10_ffff })
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point))
