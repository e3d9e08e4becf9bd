import { DriverError } from '@x07-lab/msg-core'
import { frameOverheadBytes, frameReader, methodId, putFrame, type MethodName } from '../protocol/index.ts'

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
const channelClose = methodId('channel.close')
const channelCloseOk = methodId('channel.close-ok')

/** Class and method of a stored command, 16 bits each; 0 for the protocol header. */
export function idOf({ method }: StoredCommand): number {
  return method.length < 4 ? 0 : method.readUInt32BE(0)
}

interface Assembly {
  readonly method: Buffer
  header: Buffer | undefined
  readonly body: Buffer[]
  left: number
}

/**
 * Joins one direction of a connection into commands, undecoded, however its bytes arrive. Heartbeats are left out, and told.
 * What it gives borrows from what it is fed.
 *
 * @throws DriverError `protocol` from `feed`, for bytes that are not AMQP 0-9-1
 */
export function storedReader(onHeartbeat: () => void = () => undefined): (bytes: Uint8Array) => ChannelCommand[] {
  const frames = frameReader()
  const open = new Map<number, Assembly>()
  return (bytes) => {
    const out: ChannelCommand[] = []
    for (const frame of frames.feed(bytes)) {
      const { payload } = frame
      if (frame.type === 'heartbeat') {
        onHeartbeat()
        continue
      }
      if (frame.type === 'protocol-header') {
        out.push({ channel: 0, method: nothing, header: nothing, body: payload })
        continue
      }
      const { channel } = frame
      let assembly = open.get(channel)
      if (frame.type === 'method') {
        if (payload.length < 4) throw outOfPlace(channel, 'a method of less than 4 bytes')
        const id = payload.readUInt32BE(0)
        // A channel may be closed within a content of which the rest never comes.
        if (assembly !== undefined && id !== channelClose && id !== channelCloseOk)
          throw outOfPlace(channel, 'a method')
        open.delete(channel)
        if (content.has(id)) open.set(channel, { method: payload, header: undefined, body: [], left: 0 })
        else out.push({ channel, method: payload, header: nothing, body: nothing })
        continue
      }
      if (assembly === undefined) throw outOfPlace(channel, `a ${frame.type}`)
      if (frame.type === 'header') {
        if (assembly.header !== undefined || payload.length < 14) throw outOfPlace(channel, 'a header')
        assembly.header = payload
        assembly.left = Number(payload.readBigUInt64BE(4))
      } else {
        assembly.body.push(payload)
        assembly.left -= payload.length
        if (assembly.header === undefined || assembly.left < 0) throw outOfPlace(channel, 'a body')
      }
      if (assembly.left > 0) continue
      open.delete(channel)
      const { method, header, body } = assembly
      out.push({ channel, method, header, body: body.length === 1 ? body[0]! : Buffer.concat(body) })
    }
    return out
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

/** @throws DriverError `protocol` for lengths beyond the end */
export function decodeStored(from: Uint8Array): StoredCommand {
  const bytes = Buffer.from(from.buffer, from.byteOffset, from.byteLength)
  const methodEnd = bytes.length < 8 ? -1 : 4 + bytes.readUInt32BE(0)
  const headerAt = methodEnd + 4
  const headerEnd = methodEnd < 4 || headerAt > bytes.length ? -1 : headerAt + bytes.readUInt32BE(methodEnd)
  if (headerEnd < headerAt || headerEnd > bytes.length) {
    throw new DriverError('protocol', `read a recorded command: ${bytes.length} bytes are less than its lengths say`)
  }
  return {
    method: bytes.subarray(4, methodEnd),
    header: bytes.subarray(headerAt, headerEnd),
    body: bytes.subarray(headerEnd),
  }
}

/** The frames of a command. @param frameMax what the peers agreed on; 0 for no bound */
export function frameStored(channel: number, { method, header, body }: StoredCommand, frameMax: number): Buffer {
  if (method.length === 0) return body
  const room = frameMax === 0 ? body.length : frameMax - frameOverheadBytes
  const bodyFrames = body.length === 0 ? 0 : Math.ceil(body.length / room)
  const frames = 1 + (header.length > 0 ? 1 : 0) + bodyFrames
  const out = Buffer.allocUnsafe(method.length + header.length + body.length + frames * frameOverheadBytes)
  let at = putFrame(out, 0, 'method', channel, method)
  if (header.length > 0) at = putFrame(out, at, 'header', channel, header)
  if (bodyFrames === 1) putFrame(out, at, 'body', channel, body)
  else
    for (let from = 0; from < body.length; from += room)
      at = putFrame(out, at, 'body', channel, body.subarray(from, from + room))
  return out
}
