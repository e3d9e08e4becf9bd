import { closeSync, constants } from 'node:fs'
import { EntryScan } from '../../format/cassette/entry-scan-result.ts'
import { scanEntry } from '../../format/cassette/entry-scan.ts'
import { readFully } from '../../format/cassette/frame-walk.ts'
import { NO_LIMITS } from '../../format/cassette/limits.ts'
import { openRegularFile } from '../../format/cassette/open-file.ts'
import { readU32 } from '../../format/data-model/u32.ts'
import { valueIn } from '../../format/envelope/index.ts'
import { recordHeadBytes, wires } from '../../format/record/index.ts'
import { isAt } from '../text-finder.ts'
import { mayBeWhole } from './whole.ts'

/** Entries that are looked through together, in bytes; a larger one is looked through by itself. */
const groupBytes = 512 * 1024
/** A shorter request is not worth to be looked for in its response. */
const leastCopyBytes = 64
const separator = 0x0a
/** Of the length of an entry, and of that of an envelope in a record. */
const lengthBytes = 4

/** Operations whose entries hold a message. */
const messageOps = Object.values(wires)
  .flatMap(({ publishOp, deliverOp, unsettledOp }) => [publishOp, deliverOp, unsettledOp])
  .map((op) => Buffer.from(op))

/** Entries of one file, one behind the other. */
export interface Group {
  /** How many there are. */
  readonly entries: number
  /** What they hold, what one holds twice once, a line end behind each; borrowed. Undefined where it is one that is too large. */
  readonly bytes: Buffer | undefined
  /** Values of its messages that may be more than their bytes say: what is packed without a mark. */
  readonly values: readonly Buffer[]
}

/**
 * Reads the entries of a file, in groups, with the same memory whatever it holds. Gives undefined, and ends, where something is
 * not as it should be: an entry that is damaged, or a file that is not one.
 */
export function* readGroups(path: string): Generator<Group | undefined> {
  const file = openRegularFile(path, constants.O_RDONLY, false)
  if (file.kind !== 'file') {
    yield undefined
    return
  }
  try {
    yield* groupsOf(file.fd, file.bytes)
  } finally {
    closeSync(file.fd)
  }
}

function* groupsOf(fd: number, size: number): Generator<Group | undefined> {
  const room = Buffer.allocUnsafeSlow(groupBytes)
  const scan = new EntryScan()
  for (let offset = 0; offset < size;) {
    const read = Math.min(groupBytes, size - offset)
    readFully(fd, room, 0, read, offset)
    const values: Buffer[] = []
    let entries = 0
    let filled = 0
    let at = 0
    while (at + lengthBytes <= read) {
      const start = at + lengthBytes
      const end = start + readU32(room, at)
      if (end > size - offset) return yield undefined
      if (end > read) break
      if (scanEntry(room, start, end, NO_LIMITS, scan) !== 0) return yield undefined
      const copy = copyIn(room, scan)
      noteValues(room, scan, copy, values)
      // What is kept goes to where the group ends: to the left, or where it is.
      const cut = copy < 0 ? end : copy
      room.copyWithin(filled, start, cut)
      filled += cut - start
      if (copy >= 0) {
        room.copyWithin(filled, copy + scan.reqLength, end)
        filled += end - copy - scan.reqLength
      }
      room[filled++] = separator
      entries++
      at = end
    }
    if (entries > 0) yield { entries, bytes: room.subarray(0, filled), values }
    else if (read < lengthBytes) return yield undefined
    else {
      at = lengthBytes + readU32(room, 0)
      yield { entries: 1, bytes: undefined, values }
    }
    offset += at
  }
}

/** Where the envelope of the request stands again in the response; -1 where it does not. */
function copyIn(room: Buffer, { reqAt, reqLength, respAt, respLength }: EntryScan): number {
  if (reqLength < leastCopyBytes || respLength < recordHeadBytes + lengthBytes + reqLength) return -1
  const envelopeAt = respAt + recordHeadBytes + readU32(room, respAt + recordHeadBytes - lengthBytes) + lengthBytes
  if (envelopeAt + reqLength > respAt + respLength) return -1
  return room.compare(room, envelopeAt, envelopeAt + reqLength, reqAt, reqAt + reqLength) === 0 ? envelopeAt : -1
}

function noteValues(room: Buffer, scan: EntryScan, copy: number, into: Buffer[]): void {
  const { opAt, opLength, reqAt, reqLength, respAt, respLength } = scan
  if (!messageOps.some((op) => op.length === opLength && isAt(room, opAt, op))) {
    note(room, contentIn(room, reqAt, reqLength), into)
    note(room, contentIn(room, respAt, respLength), into)
    return
  }
  note(room, valueIn(room, reqAt, reqAt + reqLength), into)
  if (copy >= 0 || respLength < recordHeadBytes + lengthBytes) return
  const lengthAt = respAt + recordHeadBytes + readU32(room, respAt + recordHeadBytes - lengthBytes)
  if (lengthAt + lengthBytes > respAt + respLength) return
  const start = lengthAt + lengthBytes
  const end = start + readU32(room, lengthAt)
  if (end <= respAt + respLength) note(room, valueIn(room, start, end), into)
}

/** The body of a command with content as a socket's recording of AMQP has it: two parts with their length in front, and the body. */
export function contentIn(room: Uint8Array, start: number, length: number): { start: number; end: number } | undefined {
  let at = start
  const end = start + length
  for (let part = 0; part < 2; part++) {
    if (at + lengthBytes > end) return undefined
    const bytes = new DataView(room.buffer, room.byteOffset).getUint32(at)
    if (bytes === 0 || bytes > end - at - lengthBytes) return undefined
    at += lengthBytes + bytes
  }
  return { start: at, end }
}

function note(room: Buffer, found: { readonly start: number; readonly end: number } | undefined, into: Buffer[]): void {
  if (found === undefined || !mayBeWhole(room, found.start, found.end)) return
  // The room is another's by the time it is looked at.
  into.push(Buffer.from(room.subarray(found.start, found.end)))
}
