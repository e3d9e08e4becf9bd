import { MALFORMED, skipBytes, skipValue } from '../format/data-model/skip.ts'
import { readU32 } from '../format/data-model/u32.ts'
import { DOCUMENT_OK, KIND_MAP, KIND_NUMBER, KIND_STRING } from '../format/data-model/value.ts'
import { parseErr } from '../format/cassette/entry-number.ts'
import { RrTrap } from '../format/cassette/rr-error.ts'

const RESP = Uint8Array.of(0x72, 0x65, 0x73, 0x70)
const ERR = Uint8Array.of(0x65, 0x72, 0x72)

/**
 * The `resp` of an entry document, borrowed. Reads any document that `next` could return and looser ones: the first
 * field of that name counts, and neither order, duplicates, trailing bytes nor other fields are checked.
 *
 * @throws RrTrap `rr.entry_resp_v1 invalid entry` or `missing resp`
 */
export function entryResp(document: Uint8Array): Uint8Array {
  const at = findField(document, RESP)
  if (at === MALFORMED) throw new RrTrap('rr.entry_resp_v1 invalid entry', 'the bytes are no entry document')
  if (at === ABSENT) throw new RrTrap('rr.entry_resp_v1 missing resp', 'the entry has no field resp')
  if (document[at] !== KIND_STRING) throw new RrTrap('rr.entry_resp_v1 invalid entry', 'resp is not a string')
  return new Uint8Array(document.buffer, document.byteOffset + at + 5, readU32(document, at + 1))
}

/**
 * The `err` of an entry document, an i32. Scans as {@link entryResp} does. Its text is an optional `-` and digits of
 * magnitude at most 2147483647; an entry with another text opens and appends, and fails only here.
 *
 * @throws RrTrap `rr.entry_err_v1 invalid entry`, `missing err` or `invalid err`
 */
export function entryErr(document: Uint8Array): number {
  const at = findField(document, ERR)
  if (at === MALFORMED) throw new RrTrap('rr.entry_err_v1 invalid entry', 'the bytes are no entry document')
  if (at === ABSENT) throw new RrTrap('rr.entry_err_v1 missing err', 'the entry has no field err')
  if (document[at] !== KIND_NUMBER) throw new RrTrap('rr.entry_err_v1 invalid entry', 'err is not a number')
  const err = parseErr(document, at + 5, readU32(document, at + 1))
  if (err === undefined) {
    throw new RrTrap('rr.entry_err_v1 invalid err', 'its text is not a decimal integer of magnitude at most 2147483647')
  }
  return err
}

const ABSENT = -2

// Position of the first value of that name, its structure checked; the fields after it are not looked at.
function findField(document: Uint8Array, name: Uint8Array): number {
  const end = document.length
  if (end < 6 || document[0] !== DOCUMENT_OK || document[1] !== KIND_MAP) return MALFORMED
  const count = readU32(document, 2)
  let at = 6
  for (let index = 0; index < count; index++) {
    const valueAt = skipBytes(document, at, end)
    if (valueAt === MALFORMED) return MALFORMED
    const next = skipValue(document, valueAt, end)
    if (next === MALFORMED) return MALFORMED
    if (isName(document, at + 4, valueAt, name)) return valueAt
    at = next
  }
  return ABSENT
}

function isName(document: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  return end - start === name.length && name.every((byte, index) => document[start + index] === byte)
}
