/** What begins at a place of a binary payload whose maps and lists say how many values follow. */
export type Head =
  /** `count` members or items follow from `next` on; undefined: until a {@link Head} `break`. */
  | { readonly kind: 'map' | 'list'; readonly next: number; readonly count: number | undefined }
  | { readonly kind: 'text' | 'bytes'; readonly next: number; readonly content: Buffer }
  /** A tag in front of one value. */
  | { readonly kind: 'tag'; readonly next: number }
  /** A number, a truth value, or an extension; `isNull` for what says nothing. */
  | { readonly kind: 'scalar'; readonly next: number; readonly isNull?: boolean }
  | { readonly kind: 'break'; readonly next: number }

/** A format whose values stand one behind the other, with a count in front of those that have some. */
export interface CountedFormat {
  /** Undefined where nothing of the format is, or it is cut short. */
  readonly head: (bytes: Buffer, at: number) => Head | undefined
  readonly text: (text: string) => Buffer
  readonly bytes: (content: Uint8Array) => Buffer
}

/** The bytes from a place on, undefined where there are fewer. */
export function slice(bytes: Buffer, at: number, length: number): Buffer | undefined {
  return length > bytes.length - at ? undefined : bytes.subarray(at, at + length)
}

/** A number in one, two, four or eight bytes, the highest first; undefined where it is cut short or no length of anything. */
export function unsigned(bytes: Buffer, at: number, size: 1 | 2 | 4 | 8): number | undefined {
  if (at + size > bytes.length) return undefined
  if (size === 1) return bytes[at]
  if (size === 2) return bytes.readUInt16BE(at)
  if (size === 4) return bytes.readUInt32BE(at)
  return bytes.readUInt32BE(at) === 0 ? bytes.readUInt32BE(at + 4) : undefined
}
