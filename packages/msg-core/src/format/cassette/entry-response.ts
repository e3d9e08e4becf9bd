import { decodePlayed } from './entry-decode.ts'
import { parseErr } from './entry-number.ts'
import { EntryScan } from './entry-scan-result.ts'
import { FileWindow } from './file-window.ts'
import { readFully } from './frame-walk.ts'
import { scanLargeEntry } from './large-entry.ts'
import { NO_LIMITS } from './limits.ts'
import { RrError } from './rr-error.ts'

/** Longest text of `err` that is read: leading zeros are allowed, a file's worth of them is not looked at. */
const MAX_ERR_BYTES = 64

/** The response of an entry, read by ranges, so that one larger than memory can be passed on. */
export interface EntryResponse {
  /** As in an entry: undefined where the text is not an i32. */
  readonly err: number | undefined
  /** 0 where the entry has none. */
  readonly latencyTicks: number
  /** Bytes of the response. */
  readonly length: number
  /**
   * `length` bytes of the response from `at` on, both within it: a copy, the caller's own.
   *
   * @throws RrError 2002 where the file was cut since it was opened
   */
  readonly read: (at: number, length: number) => Uint8Array<ArrayBuffer>
}

/** The response in an entry document that is held. @throws RrError 2008 where it is not an entry */
export function responseIn(document: Uint8Array): EntryResponse {
  const { err, latencyTicks, respAt, respLength } = decodePlayed(document)
  return {
    err,
    latencyTicks,
    length: respLength,
    read: (at, length) => Uint8Array.from(document.subarray(respAt + at, respAt + at + length)),
  }
}

/** An entry that stays in its file: the frame is `[offset, end)`, `fd` throws once the file is closed. */
export interface EntryPlace {
  readonly fd: () => number
  readonly size: number
  readonly offset: number
  readonly end: number
  readonly index: number
  readonly name: string
}

/** The response of an entry too large to be held. @throws RrError 2002 where the file has changed since it was opened */
export function responseAt({ fd, size, offset, end, index, name }: EntryPlace): EntryResponse {
  const file = new FileWindow(fd(), size)
  const scan = new EntryScan()
  if (file.u32(offset) !== end - offset - 4 || scanLargeEntry(fd(), size, offset + 4, end, NO_LIMITS, scan) !== 0) {
    const message = `read entry ${index} of cassette "${name}" at byte ${offset}: the file has changed since it was opened`
    throw new RrError(2002, message, { offset, entry: index })
  }
  const { latencyTicks, respAt, respLength, errAt, errLength } = scan
  return {
    err: errLength > MAX_ERR_BYTES ? undefined : parseErr(file.bytes(errAt, errLength), 0, errLength),
    latencyTicks,
    length: respLength,
    read(at, length) {
      const bytes = new Uint8Array(length)
      readFully(fd(), bytes, 0, length, respAt + at)
      return bytes
    },
  }
}
