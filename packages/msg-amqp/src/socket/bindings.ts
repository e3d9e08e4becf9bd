import {
  ByteWriter,
  methodId,
  readContentHeader,
  readMethod,
  writeContentHeader,
  writeMethod,
  type Method,
} from '../protocol/index.ts'
import { isSameMadeUpTag, mask, replaceTokens, type IdProperty, type Masked } from './mask.ts'
import { idOf, type StoredCommand } from './stored.ts'

/** One a second is more than a day of them. */
const mostTimestamps = 100_000

/** Commands of a broker that name a consumer. */
const tagged: ReadonlySet<number> = new Set([
  methodId('basic.deliver'),
  methodId('basic.consume-ok'),
  methodId('basic.cancel'),
  methodId('basic.cancel-ok'),
])

const consume = methodId('basic.consume')
const publish = methodId('basic.publish')

/** Recorded values that have another name now: what the program makes at random, and meets again in what the broker says. */
export class Bindings {
  readonly #tokens = new Map<string, string>()
  readonly #recorded = new Map<string, string>()
  readonly #tags = new Map<string, string>()
  readonly #ids = new Map<string, string>()
  readonly #recordedIds = new Map<string, string>()
  /** Values of the property `timestamp`, as the last publish had them that has one of these recorded. */
  readonly #timestamps = new Map<bigint, bigint>()
  /** Values bound, and tracing headers not compared. */
  readonly counts = { bound: 0, ignored: 0 }

  /** Whether two commands are one, under the names bound so far. */
  agrees(recorded: Masked, now: Masked): boolean {
    if (recorded.text !== now.text || recorded.tokens.length !== now.tokens.length) return false
    for (const [at, was] of recorded.tokens.entries()) {
      const is = now.tokens[at] ?? ''
      const known = this.#tokens.get(was) ?? is
      const back = this.#recorded.get(is) ?? was
      if (known !== is || back !== was) return false
    }
    for (const [property, was] of Object.entries(recorded.ids)) {
      const is = now.ids[property as IdProperty] ?? ''
      if ((this.#ids.get(was) ?? is) !== is || (this.#recordedIds.get(is) ?? was) !== was) return false
    }
    const { consumerTag: was } = recorded
    const { consumerTag: is } = now
    if (was === undefined || is === undefined) return was === is
    const known = this.#tags.get(was)
    return known === undefined ? isSameMadeUpTag(was, is) : known === is
  }

  /** The two are one from here on; false where they differ in what has no name. */
  bind(recorded: StoredCommand, now: StoredCommand): boolean {
    const [was, is] = [mask(recorded), mask(now)]
    if (was.text !== is.text) return false
    for (const [at, token] of was.tokens.entries()) {
      const other = is.tokens[at] ?? token
      if (this.#tokens.has(token) || token === other) continue
      this.#tokens.set(token, other)
      this.#recorded.set(other, token)
      this.counts.bound++
    }
    if (this.#bindTag(was, is)) this.counts.bound++
    this.#bindIds(was, is)
    if (was.timestamp !== undefined && is.timestamp !== undefined && was.timestamp !== is.timestamp) {
      if (this.#timestamps.size < mostTimestamps) this.#timestamps.set(was.timestamp, is.timestamp)
    }
    this.counts.ignored += Math.max(was.ignored, is.ignored)
    return true
  }

  /**
   * The two differ, which is told already: what the broker says of the recorded one (to a consumer by its tag, in an answer by the id
   * of the request) goes on under the names of the one that took its place.
   */
  bindNamesOf(recorded: StoredCommand, now: StoredCommand): void {
    if (idOf(now) !== idOf(recorded)) return
    if (idOf(now) === consume) this.#bindTag(mask(recorded), mask(now))
    else if (idOf(now) === publish) this.#bindIds(mask(recorded), mask(now))
  }

  #bindIds({ ids: was }: Masked, { ids: is }: Masked): void {
    for (const [property, id] of Object.entries(was)) {
      const now = is[property as IdProperty] ?? id
      if (this.#ids.has(id) || this.#recordedIds.has(now) || id === now) continue
      this.#ids.set(id, now)
      this.#recordedIds.set(now, id)
      this.counts.bound++
    }
  }

  #bindTag({ consumerTag: was }: Masked, { consumerTag: is }: Masked): boolean {
    if (was === undefined || is === undefined || was === is || this.#tags.has(was)) return false
    this.#tags.set(was, is)
    return true
  }

  /** Whether what the broker says is what it said. */
  get areNone(): boolean {
    return this.#tokens.size + this.#tags.size + this.#ids.size + this.#timestamps.size === 0
  }

  /** What the broker said, in the names of now. Tokens have one length, so nothing moves but a consumer's tag. */
  apply(command: StoredCommand): StoredCommand {
    let { method } = command
    if (this.#tags.size > 0 && tagged.has(idOf(command))) method = this.#retagged(method)
    const header = this.#ids.size > 0 || this.#timestamps.size > 0 ? this.#withIds(command.header) : command.header
    if (this.#tokens.size === 0) return { ...command, method, header }
    return { method: this.#renamed(method), header: this.#renamed(header), body: this.#renamed(command.body) }
  }

  #retagged(payload: Buffer): Buffer {
    const method = readMethod(payload) as Extract<Method, { args: { consumerTag: unknown } }>
    const tag = this.#tags.get(String(method.args.consumerTag))
    if (tag === undefined) return payload
    const writer = new ByteWriter()
    writeMethod(writer, { name: method.name, args: { ...method.args, consumerTag: tag } } as Method)
    return writer.result()
  }

  #withIds(header: Buffer): Buffer {
    if (header.length === 0) return header
    const { properties, bodyBytes } = readContentHeader(header)
    const changed: Partial<Record<IdProperty, string>> & { timestamp?: bigint } = {}
    for (const property of ['correlationId', 'messageId'] as const) {
      const now = this.#ids.get(String(properties[property]))
      if (now !== undefined) changed[property] = now
    }
    const timestamp = properties.timestamp === undefined ? undefined : this.#timestamps.get(properties.timestamp)
    if (timestamp !== undefined) changed.timestamp = timestamp
    if (Object.keys(changed).length === 0) return header
    const writer = new ByteWriter()
    writeContentHeader(writer, { ...properties, ...changed }, bodyBytes)
    return writer.result()
  }

  #renamed(bytes: Buffer): Buffer {
    if (bytes.length < 16) return bytes
    const was = bytes.toString('latin1')
    const is = replaceTokens(was, (token) => this.#tokens.get(token) ?? token)
    return is === was ? bytes : Buffer.from(is, 'latin1')
  }
}
