import { createHash } from 'node:crypto'

import {
  DOCUMENT_OK,
  KIND_BOOL,
  KIND_MAP,
  KIND_NULL,
  KIND_NUMBER,
  KIND_SEQ,
  KIND_STRING,
  MAX_DEPTH,
} from '../data-model/value.ts'
import { FileWindow } from './file-window.ts'
import type { ScanCode } from './entry-scan.ts'
import type { EntryScan } from './entry-scan-result.ts'
import { U32_MAX, type RrLimits } from './limits.ts'

// An entry that is too large to be held is checked where it lies: the rules, their order and their codes are those of
// `scanEntry`, and a test holds the two to the same answers.

/** A longer kind, op or key stands in the table of lanes as its hash. */
const MAX_NAME_BYTES = 64 * 1024

const NONE = -1
const REQUIRED = ['err', 'key', 'kind', 'op', 'req', 'resp'] as const
/** Fields with a rule of their own; a longer name is none of them. */
const KNOWN = new Set<string>([...REQUIRED, 'latency_ticks', 'seq', 'v'])
const LONGEST_KNOWN = 13

/** Checks the entry document in `[start, end)` of a file; positions in `scan` are the file's. */
export function scanLargeEntry(
  fd: number,
  size: number,
  start: number,
  end: number,
  limits: RrLimits,
  scan: EntryScan,
): ScanCode {
  return new LargeScan(new FileWindow(fd, size), new FileWindow(fd, size), end, limits, scan).run(start)
}

class LargeScan {
  readonly #file: FileWindow
  readonly #other: FileWindow
  readonly #end: number
  readonly #limits: RrLimits
  readonly #scan: EntryScan

  constructor(file: FileWindow, other: FileWindow, end: number, limits: RrLimits, scan: EntryScan) {
    this.#file = file
    this.#other = other
    this.#end = end
    this.#limits = limits
    this.#scan = scan
  }

  run(start: number): ScanCode {
    const [file, end, scan] = [this.#file, this.#end, this.#scan]
    scan.kindAt = scan.opAt = scan.keyAt = scan.reqAt = scan.respAt = scan.errAt = NONE
    scan.latencyAt = scan.seqAt = scan.vAt = NONE
    scan.latencyTicks = 0
    if (end - start < 6 || file.byte(start) !== DOCUMENT_OK || file.byte(start + 1) !== KIND_MAP) {
      return this.#fail(start, 'not an ok document with a map in it')
    }
    const count = file.u32(start + 2)
    let at = start + 6
    let previousAt = NONE
    let previousLength = 0
    for (let index = 0; index < count; index++) {
      const valueAt = this.#skipBytes(at)
      if (valueAt === NONE) return this.#fail(at, 'a field name runs past the end')
      const [nameAt, nameLength] = [at + 4, valueAt - at - 4]
      if (previousAt !== NONE && !this.#isAscending(previousAt, previousLength, nameAt, nameLength)) {
        return this.#fail(at, 'field names are not strictly ascending')
      }
      previousAt = nameAt
      previousLength = nameLength
      at = this.#skipValue(valueAt)
      if (at === NONE) return this.#fail(valueAt, 'a value is malformed or nests deeper than 64 levels')
      const code = this.#field(this.#nameOf(nameAt, nameLength), valueAt, at)
      if (code !== 0) return code
    }
    if (at !== end) return this.#fail(at, 'bytes follow the map')
    const missing = REQUIRED.find((name) => scan[`${name}At`] === NONE)
    return missing === undefined ? 0 : this.#fail(start, `required field ${missing} is missing`)
  }

  #field(name: string | undefined, valueAt: number, end: number): ScanCode {
    const [scan, limits] = [this.#scan, this.#limits]
    const kind = this.#file.byte(valueAt)
    const [textAt, length] = [valueAt + 5, end - valueAt - 5]
    switch (name) {
      case 'kind':
      case 'op':
      case 'key':
      case 'req':
      case 'resp': {
        if (kind !== KIND_STRING) return this.#fail(valueAt, `${name} is not a string`)
        if (name === 'key' && length > limits.maxKeyBytes) {
          return this.#exceed(2007, valueAt, name, length, limits.maxKeyBytes)
        }
        if (name === 'req' && length > limits.maxReqBytes) {
          return this.#exceed(2005, valueAt, name, length, limits.maxReqBytes)
        }
        if (name === 'resp' && length > limits.maxRespBytes) {
          return this.#exceed(2006, valueAt, name, length, limits.maxRespBytes)
        }
        scan[`${name}At`] = textAt
        scan[`${name}Length`] = length
        return 0
      }
      case 'err':
        if (kind !== KIND_NUMBER) return this.#fail(valueAt, 'err is not a number')
        scan.errAt = textAt
        scan.errLength = length
        return 0
      case 'latency_ticks': {
        const ticks = kind === KIND_NUMBER ? this.#parseU32(textAt, length) : NONE
        if (ticks < 0) return this.#fail(valueAt, 'latency_ticks is not a number from 0 to 4294967295')
        scan.latencyAt = textAt
        scan.latencyTicks = ticks
        return 0
      }
      case 'seq':
        if (kind === KIND_NUMBER) {
          scan.seqAt = textAt
          scan.seqLength = length
        }
        return 0
      case 'v':
        scan.vAt = textAt
        scan.vLength = kind === KIND_NUMBER ? length : 0
        return 0
      default:
        return 0
    }
  }

  #nameOf(at: number, length: number): string | undefined {
    if (length > LONGEST_KNOWN) return undefined
    let name = ''
    for (let index = 0; index < length; index++) name += String.fromCharCode(this.#file.byte(at + index))
    return KNOWN.has(name) ? name : undefined
  }

  #isAscending(a: number, aLength: number, b: number, bLength: number): boolean {
    const shared = Math.min(aLength, bLength)
    for (let index = 0; index < shared; index++) {
      const difference = this.#other.byte(a + index) - this.#file.byte(b + index)
      if (difference !== 0) return difference < 0
    }
    return aLength < bLength
  }

  #skipBytes(at: number): number {
    if (this.#end - at < 4) return NONE
    const length = this.#file.u32(at)
    return length > this.#end - at - 4 ? NONE : at + 4 + length
  }

  #skipValue(at: number, depth = 0): number {
    if (depth > MAX_DEPTH || at >= this.#end) return NONE
    switch (this.#file.byte(at)) {
      case KIND_NULL:
        return at + 1
      case KIND_BOOL:
        return this.#end - at < 2 ? NONE : at + 2
      case KIND_NUMBER:
      case KIND_STRING:
        return this.#skipBytes(at + 1)
      case KIND_SEQ:
        return this.#skipItems(at + 1, depth + 1, false)
      case KIND_MAP:
        return this.#skipItems(at + 1, depth + 1, true)
      default:
        return NONE
    }
  }

  #skipItems(at: number, depth: number, keyed: boolean): number {
    if (this.#end - at < 4) return NONE
    const count = this.#file.u32(at)
    let position = at + 4
    for (let index = 0; index < count; index++) {
      if (keyed) {
        position = this.#skipBytes(position)
        if (position === NONE) return NONE
      }
      position = this.#skipValue(position, depth)
      if (position === NONE) return NONE
    }
    return position
  }

  #parseU32(at: number, length: number): number {
    if (length === 0) return NONE
    let value = 0
    for (let index = 0; index < length; index++) {
      const digit = this.#file.byte(at + index) - 0x30
      if (digit < 0 || digit > 9) return NONE
      value = value * 10 + digit
      if (value > U32_MAX) return NONE
    }
    return value
  }

  #fail(at: number, problem: string): 2008 {
    this.#scan.failedAt = at
    this.#scan.problem = problem
    return 2008
  }

  #exceed<Code extends ScanCode>(code: Code, at: number, field: string, length: number, limit: number): Code {
    this.#scan.failedAt = at
    this.#scan.problem = `${field} is ${length} bytes, more than max_${field}_bytes ${limit}`
    return code
  }
}

/** What of a large entry the index keeps: the bytes that scan's kind, op, key and seq point at, which move along. */
export function namesOfLarge(fd: number, size: number, scan: EntryScan): Uint8Array {
  const file = new FileWindow(fd, size)
  const parts: Uint8Array[] = []
  let filled = 0
  const keep = (at: number, length: number): [at: number, length: number] => {
    const part = length > MAX_NAME_BYTES ? hashOf(file, at, length) : file.bytes(at, length)
    parts.push(part)
    filled += part.length
    return [filled - part.length, part.length]
  }
  ;[scan.kindAt, scan.kindLength] = keep(scan.kindAt, scan.kindLength)
  ;[scan.opAt, scan.opLength] = keep(scan.opAt, scan.opLength)
  ;[scan.keyAt, scan.keyLength] = keep(scan.keyAt, scan.keyLength)
  if (scan.seqAt >= 0) [scan.seqAt, scan.seqLength] = keep(scan.seqAt, scan.seqLength)
  return Buffer.concat(parts)
}

function hashOf(file: FileWindow, at: number, length: number): Uint8Array {
  const digest = createHash('sha256')
  for (let done = 0; done < length; done += MAX_NAME_BYTES) {
    digest.update(file.bytes(at + done, Math.min(MAX_NAME_BYTES, length - done)))
  }
  return Buffer.from(`(${length} bytes, sha256 ${digest.digest('hex')})`)
}
