import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MarkFinder } from '../../src/redact/scan/marks.ts'
import { credentialForms } from '../../src/redact/scan/credential-forms.ts'
import { packings } from '../../src/redact/scan/unpack.ts'
import { TextFinder, type SoughtText } from '../../src/redact/text-finder.ts'

/** Where a text stands, by the plainest search there is. */
function placesOf(bytes: Buffer, { text, anyCase }: SoughtText): number[] {
  const fold = (from: Uint8Array): string => {
    const plain = Buffer.from(from).toString('latin1')
    return anyCase ? plain.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()) : plain
  }
  const [all, sought] = [fold(bytes), fold(text)]
  const places: number[] = []
  for (let at = all.indexOf(sought); at !== -1; at = all.indexOf(sought, at + 1)) places.push(at)
  return places
}

function found(bytes: Buffer, texts: readonly SoughtText[], finder: TextFinder): number[][] {
  const places: number[][] = texts.map(() => [])
  finder.each(bytes, (place, at) => places[place]?.push(at))
  return places.map((some) => some.toSorted((a, b) => a - b))
}

/** Few characters, so that texts are found, begun and cut short all the time. */
const few = fc.constantFrom(...Buffer.from('aAbB0_\\\0\u00e9', 'latin1'))
const text = fc.record({
  text: fc.array(few, { minLength: 2, maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
  anyCase: fc.boolean(),
})
const texts = fc
  .array(text, { minLength: 1, maxLength: 8 })
  .map((some) => some.map((one) => (one.anyCase ? { ...one, text: lowered(one.text) } : one)))

function lowered(bytes: Buffer): Buffer {
  return Buffer.from(bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte)))
}

describe('the search for many texts at once', () => {
  test('finds each of them where a search for it alone does', () => {
    fc.assert(
      fc.property(texts, fc.array(few, { maxLength: 60 }), fc.integer({ min: 0, max: 3 }), (sought, made, skipped) => {
        const bytes = Buffer.from(made).subarray(skipped)
        const places = sought.map((one) => placesOf(bytes, one))
        const finder = new TextFinder(sought)
        expect(found(bytes, sought, finder)).toEqual(places)
        expect(finder.isIn(bytes)).toBe(places.some((some) => some.length > 0))
      }),
      { numRuns: 400 },
    )
  })

  // What is looked at together are 16 KiB: texts lie before, across and behind each such border, at both parities.
  test('finds them in what is longer than it looks at together', () => {
    const sought = ['\\u', 'token', '://', 'a-secret'].map((one) => ({ text: Buffer.from(one), anyCase: true }))
    const finder = new TextFinder(sought)
    const around = fc.integer({ min: -12, max: 12 })
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), around, fc.nat(3), fc.nat(9), (border, near, which, behind) => {
        const at = border * 16_384 + near
        const bytes = Buffer.alloc(at + sought[which]!.text.length + behind, 'x')
        bytes.set(sought[which]!.text, at)
        const seen: [number, number][] = []
        finder.each(bytes, (place, where) => seen.push([place, where]))
        expect(seen).toEqual([[which, at]])
        bytes.write('!', at)
        expect(finder.isIn(bytes)).toBe(false)
      }),
    )
  })

  test('finds nothing of what it was given before', () => {
    const finder = new TextFinder([{ text: Buffer.from('token'), anyCase: true }])
    expect(finder.isIn(Buffer.from('xxtoken'))).toBe(true)
    for (const cut of ['xxtoke', 'xxtok', 'xtoke', '']) expect(finder.isIn(Buffer.from(cut)), cut).toBe(false)
  })
})

const pieces = fc.constantFrom(
  ...credentialForms.flatMap(({ marks }) => marks).map((mark) => Buffer.from(mark)),
  ...packings.map(({ magic }) => magic),
  ...['Token', 'apiKey', 'api_key', 'API-KEY', 'key', 'monkey', 'Authoriz', 'a-planted-value', '\\u0041', '\\', '%41']
    .concat(['%', '%4', '"', ' ', 'abcdefgh', 'ABCDEFGH+/_-0123', '\u00e9'])
    .map((one) => Buffer.from(one, 'latin1')),
)
const isHex = /^[0-9a-f]{2}$/i

test('what a closer look may be worth at is what plain searches find', () => {
  const planted = Buffer.from('a-planted-value')
  const finder = new MarkFinder([planted])
  const exact = (bytes: Buffer, some: readonly (string | Uint8Array)[]): number[] =>
    some.flatMap((one) => placesOf(bytes, { text: Buffer.from(one), anyCase: false })).toSorted((a, b) => a - b)
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.nat(3), (parts, skipped) => {
      const bytes = Buffer.concat(parts).subarray(skipped)
      const plain = bytes.toString('latin1')
      const marks = finder.find(bytes)
      for (const [place, form] of credentialForms.entries()) {
        expect(marks.forms.get(place) ?? []).toEqual(exact(bytes, form.marks))
      }
      for (const [place, { magic }] of packings.entries()) {
        expect(marks.packed[place] ?? []).toEqual(exact(bytes, [magic]))
      }
      expect(marks.secret).toBe(bytes.includes(planted) ? 0 : -1)
      const words =
        /token|secret|passw|credential|signature|session|authoriz|(?<=(?:api|access|private|signing|encryption)[-_]?)key/gi
      expect(marks.words).toEqual([...plain.matchAll(words)].map(({ index }) => index))
      const runs = [...plain.matchAll(/[\w+/-]{16,}/g)].flatMap(({ 0: run, index }) => [index, index + run.length])
      expect(marks.base64).toEqual(runs)
      const percents = [...plain.matchAll(/%/g)].map(({ index }) => index)
      expect(marks.percentSigns).toEqual(percents.filter((at) => isHex.test(plain.slice(at + 1, at + 3))))
      const backslashes = [...plain.matchAll(/\\/g)].map(({ index }) => index)
      const isEscape = /\\(?:[/"\\nrt]|u[0-9a-fA-F]{4})/.test(plain)
      expect(marks.backslashes).toEqual(isEscape ? backslashes : [])
    }),
    { numRuns: 400 },
  )
})
