import { DriverError } from '@x07-lab/msg-core'
import { bytesAt } from '@x07-lab/msg-core/format'
import {
  frameCutter,
  frameOverheadBytes,
  methodId,
  putFrame,
  shortBytes,
  u32At,
  type MethodName,
} from '../protocol/index.ts'

/**
 * A command as an entry keeps it: the protocol's own encoding without its frames, so that every type tag survives.
 *
 *     u32 length of method | method payload | u32 length of header | content header payload, or nothing | body
 *
 * The protocol header is a command without a method, its eight bytes as the body.
 */
export interface StoredCommand {
  readonly method: Buffer
  /** Empty where the method has no content. */
  readonly header: Buffer
  readonly body: Buffer
}

/** A command of one direction, with the channel that its entry has in the key. */
export interface ChannelCommand extends StoredCommand {
  readonly channel: number
}

const nothing = Buffer.alloc(0)
const content: ReadonlySet<number> = new Set(
  (['basic.publish', 'basic.return', 'basic.deliver', 'basic.get-ok'] satisfies MethodName[]).map(methodId),
)
/** Whether a header and a body follow a method of this class and number. */
export function hasContent(id: number): boolean {
  return content.has(id)
}

const channelClose = methodId('channel.close')
const channelCloseOk = methodId('channel.close-ok')

/** Class and method of a stored command, 16 bits each; 0 for the protocol header. */
export function idOf({ method }: StoredCommand): number {
  return idAt(method, 0, method.length)
}

/** As {@link idOf}, of a method payload within other bytes. */
export function idAt(bytes: Uint8Array, at: number, length: number): number {
  return length < 4 ? 0 : u32At(bytes, at)
}

/** {@link idOf} a command that is encoded. */
export function storedId(stored: Buffer): number {
  return stored.length < 8 ? 0 : idAt(stored, 4, stored.readUInt32BE(0))
}

interface Assembly {
  readonly method: Buffer
  header: Buffer | undefined
  /** The frames of a body of several. */
  body: Buffer[] | undefined
  left: number
}

/** Reads one direction of a connection. */
export interface StoredReader {
  /** @throws DriverError `protocol` for bytes that are not AMQP 0-9-1 */
  feed(bytes: Uint8Array): ChannelCommand[]
  /** Whether a frame or a command is not whole yet. */
  readonly isWithin: boolean
  /** As {@link FrameCutter}'s. */
  readonly neededBytes: number
  /** As {@link FrameCutter}'s; only where nothing {@link isWithin}. */
  skip(bytes: number): void
}

/**
 * Joins one direction of a connection into commands, undecoded, however its bytes arrive. Heartbeats are left out, and told.
 * What it gives borrows from what it is fed.
 */
export function storedReader(onHeartbeat: () => void = () => undefined): StoredReader {
  const open = new Map<number, Assembly>()
  let out: ChannelCommand[] = []
  const frames = frameCutter((type, channel, payload) => {
    if (type === 'method') {
      if (payload.length < 4) throw outOfPlace(channel, 'a method of less than 4 bytes')
      const id = idAt(payload, 0, 4)
      // A channel may be closed within a content of which the rest never comes.
      if (open.has(channel)) {
        if (id !== channelClose && id !== channelCloseOk) throw outOfPlace(channel, 'a method')
        open.delete(channel)
      }
      if (content.has(id)) open.set(channel, { method: payload, header: undefined, body: undefined, left: 0 })
      else out.push({ channel, method: payload, header: nothing, body: nothing })
      return
    }
    if (type === 'heartbeat') return onHeartbeat()
    if (type === 'protocol-header') {
      out.push({ channel: 0, method: nothing, header: nothing, body: payload })
      return
    }
    const assembly = open.get(channel)
    if (assembly === undefined) throw outOfPlace(channel, `a ${type}`)
    if (type === 'header') {
      if (assembly.header !== undefined || payload.length < 14) throw outOfPlace(channel, 'a header')
      assembly.header = payload
      assembly.left = Number(payload.readBigUInt64BE(4))
    } else {
      assembly.left -= payload.length
      if (assembly.header === undefined || assembly.left < 0) throw outOfPlace(channel, 'a body')
      if (assembly.left > 0 || assembly.body !== undefined) (assembly.body ??= []).push(payload)
    }
    if (assembly.left > 0) return
    open.delete(channel)
    const { method, header, body } = assembly
    const whole = type === 'header' ? nothing : payload
    out.push({ channel, method, header, body: body === undefined ? whole : Buffer.concat(body) })
  })
  return {
    feed(bytes) {
      out = []
      frames.feed(bytes)
      return out
    },
    get isWithin() {
      return frames.pendingBytes > 0 || open.size > 0
    },
    get neededBytes() {
      return frames.neededBytes
    },
    skip: (bytes) => frames.skip(bytes),
  }
}

function outOfPlace(channel: number, what: string): DriverError {
  return new DriverError('protocol', `read channel ${channel}: ${what} where none was expected`)
}

export function encodeStored({ method, header, body }: StoredCommand): Buffer {
  const out = Buffer.allocUnsafe(8 + method.length + header.length + body.length)
  out.writeUInt32BE(method.length, 0)
  method.copy(out, 4)
  out.writeUInt32BE(header.length, 4 + method.length)
  header.copy(out, 8 + method.length)
  body.copy(out, 8 + method.length + header.length)
  return out
}

/** Where the parts of a stored command are in other bytes: views of thousands of them would cost more than what is done. */
export interface StoredPlaces {
  readonly bytes: Uint8Array
  readonly methodAt: number
  readonly methodEnd: number
  readonly headerAt: number
  readonly headerEnd: number
  /** The body goes from `headerEnd` to here. */
  readonly end: number
}

/** @throws DriverError `protocol` for lengths beyond the end */
export function placesOf(bytes: Uint8Array, at: number, length: number): StoredPlaces {
  const end = at + length
  const methodAt = at + 4
  const methodEnd = length < 8 ? -1 : methodAt + u32At(bytes, at)
  const headerAt = methodEnd + 4
  const headerEnd = methodEnd < methodAt || headerAt > end ? -1 : headerAt + u32At(bytes, methodEnd)
  if (headerEnd < headerAt || headerEnd > end) {
    throw new DriverError('protocol', `read a recorded command: ${length} bytes are less than its lengths say`)
  }
  return { bytes, methodAt, methodEnd, headerAt, headerEnd, end }
}

/** The command at these places, borrowed. */
export function commandAt({ bytes, methodAt, methodEnd, headerAt, headerEnd, end }: StoredPlaces): StoredCommand {
  const part = (from: number, to: number): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from)
  return { method: part(methodAt, methodEnd), header: part(headerAt, headerEnd), body: part(headerEnd, end) }
}

/** @throws DriverError `protocol` for lengths beyond the end */
export function decodeStored(from: Uint8Array): StoredCommand {
  return commandAt(placesOf(from, 0, from.length))
}

/** Whether these places say what a command says, to the byte. */
export function isAt(
  { bytes, methodAt, methodEnd, headerAt, headerEnd, end }: StoredPlaces,
  { method, header, body }: StoredCommand,
): boolean {
  return (
    isSame(bytes, methodAt, methodEnd, method) &&
    isSame(bytes, headerAt, headerEnd, header) &&
    isSame(bytes, headerEnd, end, body)
  )
}

function isSame(bytes: Uint8Array, from: number, to: number, other: Buffer): boolean {
  const length = to - from
  if (length !== other.length) return false
  if (length > shortBytes) return other.compare(bytes, from, to) === 0
  for (let at = 0; at < length; at++) if (bytes[from + at] !== other[at]) return false
  return true
}

/** The frames of a command. @param frameMax what the peers agreed on; 0 for no bound */
export function frameStored(channel: number, command: StoredCommand, frameMax: number): Buffer {
  const bytes = encodeStored(command)
  const places = placesOf(bytes, 0, bytes.length)
  const out = Buffer.allocUnsafe(framedBytes(places, frameMax))
  putStored(out, 0, channel, places, frameMax)
  return out
}

/** Bytes of a command in frames. */
export function framedBytes({ methodAt, methodEnd, headerAt, headerEnd, end }: StoredPlaces, frameMax: number): number {
  const body = end - headerEnd
  if (methodEnd === methodAt) return body
  const room = frameMax === 0 ? body : frameMax - frameOverheadBytes
  const frames = 1 + (headerEnd > headerAt ? 1 : 0) + (body === 0 ? 0 : Math.ceil(body / room))
  return methodEnd - methodAt + headerEnd - headerAt + body + frames * frameOverheadBytes
}

/** Puts the frames of a command into memory that has room for them; gives where they end. */
export function putStored(
  out: Buffer,
  start: number,
  channel: number,
  { bytes, methodAt, methodEnd, headerAt, headerEnd, end }: StoredPlaces,
  frameMax: number,
): number {
  if (methodEnd === methodAt) {
    out.set(bytesAt(bytes, headerEnd, end - headerEnd), start)
    return start + end - headerEnd
  }
  let at = putFrame(out, start, 'method', channel, bytes, methodAt, methodEnd)
  if (headerEnd > headerAt) at = putFrame(out, at, 'header', channel, bytes, headerAt, headerEnd)
  const room = frameMax === 0 ? end - headerEnd : frameMax - frameOverheadBytes
  for (let from = headerEnd; from < end; from += room) {
    at = putFrame(out, at, 'body', channel, bytes, from, Math.min(end, from + room))
  }
  return at
}
