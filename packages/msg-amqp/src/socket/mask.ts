import {
  readContentHeader,
  readMethod,
  writeContentHeader,
  writeMethod,
  ByteWriter,
  methodId,
} from '../protocol/index.ts'
import type { Method, Text } from '../protocol/index.ts'
import { idOf, type StoredCommand } from './stored.ts'

/**
 * What is random by nature, found anywhere in a command: a UUID, or 16 and more hex digits. Two commands that differ only in
 * such tokens of one length are one command under two names.
 */
const tokenPattern = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}/gi

/** Headers that tracing puts beside a message: never compared. */
const tracingHeaders: ReadonlySet<string> = new Set(['traceparent', 'tracestate', 'b3', 'baggage'])
const tracingMarks = [...tracingHeaders].map((name) => Buffer.from(name))

const consume = methodId('basic.consume')
const cancel = methodId('basic.cancel')

/** A property whose value is a name for the message, and comes back in what answers it. */
export type IdProperty = 'correlationId' | 'messageId'

/** A command as text in which tokens have a place and no value, with the tokens in their order. */
export interface Masked {
  readonly text: string
  readonly tokens: readonly string[]
  /** The tag that a client gave its consumer: bound like a token where {@link isSameMadeUpTag}. */
  readonly consumerTag: string | undefined
  /** Equal for consumers whose tags differ in words with digits alone. */
  readonly consumer: string
  /** Properties that programs make up for each message, bound whatever they are. */
  readonly ids: Readonly<Partial<Record<IdProperty, string>>>
  /** The property of this name, in seconds since 1970: never compared, and given again as it is now. */
  readonly timestamp: bigint | undefined
  /** Tracing headers and times that were left out. */
  readonly ignored: number
}

/** Whether two consumer tags are one that is made up anew in each run: all words in which they differ have digits. */
export function isSameMadeUpTag(recorded: string, now: string): boolean {
  const [was, is] = [recorded, now].map((tag) => tag.split(/[^0-9A-Za-z]+/)) as [string[], string[]]
  // A random tag has any number of words.
  if (was.length !== is.length) return hasDigit(recorded) && hasDigit(now)
  return was.every((word, at) => word === is[at] || hasDigit(word) || hasDigit(is[at] ?? ''))
}

function hasDigit(word: string): boolean {
  return /\d/.test(word)
}

/** Masks a client's command. */
export function mask(command: StoredCommand): Masked {
  const tags = withoutConsumerTag(command)
  const header = withoutVolatile(tags.command)
  const { method, body } = tags.command
  const all = Buffer.concat([method, header.header, body]).toString('latin1')
  const tokens: string[] = []
  const text = all.replace(tokenPattern, (token) => {
    tokens.push(token)
    return `\0${token.length}\0`
  })
  return {
    text: `${method.length}/${header.header.length}/${text}`,
    tokens,
    consumerTag: tags.tag,
    consumer: idOf(command) === consume ? (tags.tag ?? '').replaceAll(/[0-9A-Za-z]*\d[0-9A-Za-z]*/g, '#') : '',
    ids: header.ids,
    timestamp: header.timestamp,
    ignored: header.ignored,
  }
}

/** The tokens that occur in a text. */
export function replaceTokens(text: string, by: (token: string) => string): string {
  return text.replace(tokenPattern, by)
}

function withoutConsumerTag(command: StoredCommand): {
  readonly command: StoredCommand
  readonly tag: string | undefined
} {
  const id = idOf(command)
  if (id !== consume && id !== cancel) return { command, tag: undefined }
  const method = readMethod(command.method) as Extract<Method, { name: 'basic.consume' | 'basic.cancel' }>
  const tag = String(method.args.consumerTag)
  // None: the broker makes one, and that it is none is compared.
  if (tag === '') return { command, tag: undefined }
  const writer = new ByteWriter()
  writeMethod(writer, { name: method.name, args: { ...method.args, consumerTag: '?' } } as Method)
  return { command: { ...command, method: writer.result() }, tag }
}

/** Flags of the properties that are looked at, in the u16 at byte 12 of a content header. */
const volatileFlags = 0x0400 | 0x0080 | 0x0040

function withoutVolatile({
  header,
}: StoredCommand): Pick<Masked, 'ids' | 'ignored' | 'timestamp'> & { readonly header: Buffer } {
  const traced = tracingMarks.some((mark) => header.includes(mark))
  if (header.length === 0 || (!traced && (header.readUInt16BE(12) & volatileFlags) === 0)) {
    return { header, ids: {}, timestamp: undefined, ignored: 0 }
  }
  const { properties, bodyBytes } = readContentHeader(header)
  const { headers, correlationId, messageId, timestamp, ...others } = properties
  // `b3` may stand in anything.
  const kept = headers?.filter(([name]) => !tracingHeaders.has(String(name).toLowerCase())) ?? []
  const removed = (headers?.length ?? 0) - kept.length
  const writer = new ByteWriter()
  const compared = {
    ...others,
    ...(headers === undefined || (removed > 0 && kept.length === 0) ? {} : { headers: kept }),
    ...(correlationId === undefined ? {} : { correlationId: '?' }),
    ...(messageId === undefined ? {} : { messageId: '?' }),
    ...(timestamp === undefined ? {} : { timestamp: 0n }),
  }
  writeContentHeader(writer, compared, bodyBytes)
  const ids = {
    ...(correlationId === undefined ? {} : { correlationId: textOf(correlationId) }),
    ...(messageId === undefined ? {} : { messageId: textOf(messageId) }),
  }
  return { header: writer.result(), ids, timestamp, ignored: removed }
}

function textOf(text: Text): string {
  return typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
}
