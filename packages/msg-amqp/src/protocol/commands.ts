import { ByteReader, ByteWriter, malformed } from './bytes.ts'
import { defaultMaxFrameBytes, frameOverheadBytes, frameReader, writeFrame, type Frame } from './frames.ts'
import type { TableGrammar } from './field-table.ts'
import { contentMethods, readMethod, writeMethod, type Method } from './methods.ts'
import { readPropertyList, writeProperties, type Properties } from './properties.ts'

/** What a method with content carries. */
export interface Content {
  readonly properties: Properties
  /** The body in the pieces in which it came; borrowed from the bytes that were fed. */
  readonly body: readonly Buffer[]
  readonly bodyBytes: number
}

/** One act of a peer: a method with its content, a heartbeat, or the eight bytes with which a connection begins. */
export type Command =
  | { readonly type: 'method'; readonly channel: number; readonly method: Method; readonly content?: Content }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'protocol-header'; readonly payload: Buffer }

/** Class basic; the only one with content. */
const basicClass = 60

/** Body bytes of one message that are read unless told otherwise: RabbitMQ's own bound, 512 MiB. */
export const defaultMaxBodyBytes = 512 * 1_048_576

export interface CommandReaderOptions {
  readonly maxFrameBytes?: number
  readonly maxBodyBytes?: number
  readonly grammar?: TableGrammar
}

/** Joins one direction of a connection into commands, however its bytes arrive. */
export interface CommandReader {
  /**
   * Takes the next bytes and gives the commands that are whole now, in the order in which they became whole.
   *
   * @throws DriverError `protocol` for bytes that are not AMQP 0-9-1; nothing is to be read after that
   */
  feed(chunk: Uint8Array): Command[]
  /** Whether a frame or a content is not whole yet. At the end of a connection it was cut off. */
  readonly pending: boolean
}

interface Assembly {
  readonly method: Method
  properties: Properties | undefined
  bodyBytes: number
  received: number
  readonly body: Buffer[]
}

export function commandReader(options: CommandReaderOptions = {}): CommandReader {
  const { maxFrameBytes = defaultMaxFrameBytes, maxBodyBytes = defaultMaxBodyBytes, grammar = 'rabbitmq' } = options
  const frames = frameReader(maxFrameBytes)
  const assemblies = new Map<number, Assembly>()

  const finished = (channel: number, assembly: Assembly): Command => {
    assemblies.delete(channel)
    const { method, properties = {}, body, bodyBytes } = assembly
    return { type: 'method', channel, method, content: { properties, body, bodyBytes } }
  }

  const accept = (frame: Frame): Command | undefined => {
    if (frame.type === 'protocol-header') return frame
    const { type, channel, payload } = frame
    if (type === 'heartbeat') return { type }
    const open = assemblies.get(channel)
    if (type === 'method') {
      const method = readMethod(payload, grammar)
      // A channel may be closed in the middle of a content that the peer will not send the rest of.
      if (open !== undefined && !method.name.startsWith('channel.close')) throw outOfPlace(frame, open)
      assemblies.delete(channel)
      if (!contentMethods.has(method.name)) return { type, channel, method }
      assemblies.set(channel, { method, properties: undefined, bodyBytes: 0, received: 0, body: [] })
      return undefined
    }
    if (open === undefined || (type === 'header') === (open.properties !== undefined)) throw outOfPlace(frame, open)
    if (type === 'header') {
      const header = readContentHeader(payload, grammar)
      if (header.bodyBytes > maxBodyBytes) {
        throw malformed(
          `read a content header: a body of ${header.bodyBytes} bytes, at most ${maxBodyBytes} are allowed`,
        )
      }
      open.properties = header.properties
      open.bodyBytes = header.bodyBytes
    } else {
      open.received += payload.length
      if (open.received > open.bodyBytes) {
        throw malformed(`read a body on channel ${channel}: ${open.received} bytes, the header said ${open.bodyBytes}`)
      }
      open.body.push(payload)
    }
    return open.received === open.bodyBytes ? finished(channel, open) : undefined
  }

  return {
    get pending() {
      return frames.pendingBytes > 0 || assemblies.size > 0
    },
    feed(chunk) {
      const out: Command[] = []
      for (const frame of frames.feed(chunk)) {
        const command = accept(frame)
        if (command !== undefined) out.push(command)
      }
      return out
    },
  }
}

function outOfPlace(frame: Exclude<Frame, { type: 'protocol-header' }>, open: Assembly | undefined): Error {
  const expected =
    open === undefined ? 'a method' : open.properties === undefined ? 'a content header' : 'the rest of a body'
  return malformed(`read channel ${frame.channel}: a ${frame.type} frame where ${expected} was expected`)
}

/**
 * Reads the payload of a content header frame: u16 class | u16 weight 0 | u64 body size | property flags and list.
 *
 * @throws DriverError `protocol` for another class, or a list that is not one of properties
 */
export function readContentHeader(
  payload: Buffer,
  grammar: TableGrammar = 'rabbitmq',
): { readonly properties: Properties; readonly bodyBytes: number } {
  const reader = new ByteReader(payload, 'a content header')
  const classId = reader.u16()
  const weight = reader.u16()
  if (classId !== basicClass || weight !== 0) {
    throw malformed(`read a content header: class ${classId}, weight ${weight}, expected class ${basicClass}, weight 0`)
  }
  const size = reader.u64()
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) throw malformed(`read a content header: a body of ${size} bytes`)
  const properties = readPropertyList(reader, reader.u16(), grammar)
  reader.end()
  return { properties, bodyBytes: Number(size) }
}

/** Writes the payload of a content header frame. */
export function writeContentHeader(writer: ByteWriter, properties: Properties, bodyBytes: number): void {
  writer.u16(basicClass)
  writer.u16(0)
  writer.u64(BigInt(bodyBytes))
  writeProperties(writer, properties)
}

/**
 * The bytes of a command. Frames come as small as the peers agreed on; a body is cut anew, whatever pieces it came in.
 *
 * @param frameMax what the peers agreed on; 0 for no bound
 * @throws DriverError `protocol` for a value that the wire cannot carry
 */
export function encodeCommand(command: Command, frameMax = 131_072): Buffer {
  if (command.type === 'protocol-header') return command.payload
  const writer = new ByteWriter()
  if (command.type === 'heartbeat') {
    writeFrame(writer, 'heartbeat', 0, () => undefined)
    return writer.result()
  }
  const { channel, method, content } = command
  writeFrame(writer, 'method', channel, () => writeMethod(writer, method))
  if (content === undefined) return writer.result()
  writeFrame(writer, 'header', channel, () => writeContentHeader(writer, content.properties, content.bodyBytes))
  const room = frameMax === 0 ? content.bodyBytes : frameMax - frameOverheadBytes
  const body = content.body.length === 1 ? content.body[0]! : Buffer.concat(content.body)
  for (let at = 0; at < body.length; at += room) {
    writeFrame(writer, 'body', channel, () => writer.raw(body.subarray(at, at + room)))
  }
  return writer.result()
}
