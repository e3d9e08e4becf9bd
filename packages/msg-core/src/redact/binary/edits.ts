/** A change of bytes: `[start, end)` becomes `bytes`. */
export interface ByteEdit {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/** What the rules say of the parts of a binary payload. */
export interface BinaryRules {
  /** Whether what has such a name is a secret. */
  readonly isField: (name: string) => boolean
  /** What stands in the place of a secret. */
  readonly replace: (value: string) => string
  /** A text that is no secret as a whole. */
  readonly text: (text: string) => string
  /** Bytes inside, which may be of any format; the very same where nothing is replaced. */
  readonly payload: (bytes: Buffer) => Uint8Array
}

/** A pointer into a payload, as its tokens; `*` stands for any of them. */
export type Pointers = readonly (readonly string[])[]

/** The pointers that go on below a member or an item. */
export function pointersBelow(pointers: Pointers, name: string): Pointers {
  if (pointers.length === 0) return pointers
  return pointers.filter(([token]) => token === '*' || token === name).map((tokens) => tokens.slice(1))
}

/** Values nest no deeper; what does is not looked into. */
export const maxDepth = 512

/** What members are called of which one says the name of the other's value: `{"name": "password", "value": "…"}`. */
export const [isNameMember, isValueMember] = [/^(?:name|key)$/i, /^value$/i]

/** Adds changes of a whole value, in the order of places; those inside it, from one of the edits on, are not made. */
export function replaceEdits(
  edits: ByteEdit[],
  from: number,
  start: number,
  end: number,
  whole: readonly ByteEdit[],
): void {
  const others = edits.splice(from)
  edits.push(...others.filter((other) => other.end <= start), ...whole, ...others.filter((other) => other.start >= end))
}

/** How many bytes more there are by edits, from one of them on. */
export function growthOf(edits: readonly ByteEdit[], from: number): number {
  let grown = 0
  for (let index = from; index < edits.length; index++) {
    const { start, end, bytes } = edits[index]!
    grown += bytes.length - (end - start)
  }
  return grown
}

/** @param edits in the order of their places */
export function applyEdits(bytes: Buffer, edits: readonly ByteEdit[]): Buffer {
  const parts: Uint8Array[] = []
  let at = 0
  for (const edit of edits) {
    parts.push(bytes.subarray(at, edit.start), edit.bytes)
    at = edit.end
  }
  parts.push(bytes.subarray(at))
  return Buffer.concat(parts)
}
