import type { EntryFields } from '../format/cassette/index.ts'
import { CodecError } from '../format/codec-error.ts'
import { readU32 } from '../format/data-model/u32.ts'
import { decodeEnvelope, encodeEnvelope, type Header, type Json, type Message } from '../format/envelope/index.ts'
import type { ContentRedactor } from '../playback/conversation.ts'
import { asBuffer } from '../kit/index.ts'
import {
  decodeRecord,
  encodeRecord,
  messagingKind,
  recordHeadBytes,
  wires,
  type MessageRecord,
} from '../format/record/index.ts'
import { nameTest } from './names.ts'
import { TextRedactor } from './payload.ts'
import { prefilterOf } from './prefilter.ts'
import { createReplacement, keyPseudonym, pseudonymBytes } from './pseudonym.ts'
import { RedactionError, type RedactionRules } from './rules.ts'

/** Takes secrets out of what is recorded, and out of what a replay compares with it. */
export interface Redactor extends ContentRedactor {
  /** The message without its secrets; the same object where it has none. */
  message(message: Message): Message
  /** The envelope without its secrets; the very bytes where it has none, or they are not an envelope. */
  envelope(envelope: Uint8Array): Uint8Array
  /** An entry as it may be written. */
  entry(fields: EntryFields): EntryFields
  /** No envelope of so many bytes has more without its secrets; infinite where the rules have no such bound. */
  mostBytes(envelopeBytes: number): number
}

/** Every operation of the port: those with a message, and those that tell what failed or was left open. */
const portOps = new Set(
  Object.values(wires).flatMap((names) => Object.values(names).filter((name) => typeof name === 'string')),
)

/** @throws RedactionError where keys are to have pseudonyms and there is no salt; SyntaxError for a pattern that is none */
export function createRedactor(rules: RedactionRules): Redactor {
  if (rules.keys === 'pseudonym' && rules.salt === undefined) {
    throw new RedactionError('keys are to have pseudonyms, and there is no salt; give salt as env:NAME')
  }
  return new RuleRedactor(rules)
}

class RuleRedactor implements Redactor {
  readonly #rules: RedactionRules
  readonly #isHeader: (name: string) => boolean
  readonly #replace: (value: string) => string
  readonly #texts: TextRedactor
  /** Whether bytes may hold something to replace; undefined where that cannot be told so. */
  readonly #quickLook: ((bytes: Uint8Array) => boolean) | undefined

  /** The most that a byte becomes: what is replaced has one at least, in the envelope with its length. */
  readonly #growth: number

  constructor(rules: RedactionRules) {
    this.#rules = rules
    this.#isHeader = nameTest(rules.headers)
    this.#replace = createReplacement(rules)
    this.#texts = new TextRedactor(rules, this.#replace)
    this.#quickLook = prefilterOf(rules)
    this.#growth = this.#quickLook === undefined ? Number.POSITIVE_INFINITY : growthOf(rules)
  }

  mostBytes(envelopeBytes: number): number {
    return envelopeBytes * this.#growth
  }

  mayHold(bytes: Uint8Array): boolean {
    return this.#quickLook === undefined || this.#quickLook(bytes)
  }

  text(text: string): string {
    return this.#texts.text(text)
  }

  payload(bytes: Uint8Array): Uint8Array {
    return this.mayHold(bytes) ? this.#texts.payload(bytes) : bytes
  }

  key(key: Uint8Array): Uint8Array {
    const { keys, salt, partitions, token } = this.#rules
    if (key.length === 0 || keys === 'keep') return this.payload(key)
    if (keys === 'token' || salt === undefined) return Buffer.from(token)
    return keyPseudonym(salt, key, partitions)
  }

  named(name: string, value: string | Uint8Array | (() => string | Uint8Array)): string | undefined {
    if (!this.#isHeader(name)) return undefined
    return this.#replace(textOf(typeof value === 'function' ? value() : value))
  }

  envelope(envelope: Uint8Array): Uint8Array {
    if (!this.mayHold(envelope)) return envelope
    let message: Message
    try {
      message = decodeEnvelope(envelope)
    } catch (error) {
      if (error instanceof CodecError) return this.#texts.payload(envelope)
      throw error
    }
    const redacted = this.message(message)
    return redacted === message ? envelope : encodeEnvelope(redacted)
  }

  message(message: Message): Message {
    const key = message.key === null ? null : this.key(message.key)
    const value = message.value === null ? null : this.#texts.payload(message.value)
    const headers = this.#headers(message.headers)
    const properties = message.properties === undefined ? undefined : this.#json(message.properties)
    const isSame =
      key === message.key && value === message.value && headers === message.headers && properties === message.properties
    if (isSame) return message
    return {
      topic: message.topic,
      key,
      value,
      headers,
      ...(properties === undefined ? {} : { properties: properties as NonNullable<Message['properties']> }),
    }
  }

  entry(fields: EntryFields): EntryFields {
    const { kind, op, req, resp, err = 0 } = fields
    if (kind !== messagingKind || typeof op !== 'string' || !portOps.has(op)) return fields
    if (this.#holdsNothing(req, resp)) return fields
    const request = req.length === 0 ? req : this.envelope(req)
    const response = err === 0 && resp.length > 0 ? this.#record(resp, req, request) : this.#texts.payload(resp)
    return request === req && response === resp ? fields : { ...fields, req: request, resp: response }
  }

  #holdsNothing(req: Uint8Array, resp: Uint8Array): boolean {
    return !this.mayHold(resp) && (isEnvelopeOf(resp, req) || !this.mayHold(req))
  }

  /** The envelope stands in request and response alike. */
  #record(resp: Uint8Array, req: Uint8Array, request: Uint8Array): Uint8Array {
    const record = recordOf(resp)
    if (record === undefined) return this.#texts.payload(resp)
    const envelope = Buffer.compare(record.envelope, req) === 0 ? request : this.envelope(record.envelope)
    const ack = this.#texts.payload(record.ack)
    if (ack === record.ack && Buffer.compare(envelope, record.envelope) === 0) return resp
    return encodeRecord({ ...record, envelope, ack })
  }

  #headers(headers: Message['headers']): Message['headers'] {
    let changed = false
    const redacted = headers.map((header): Header => {
      const [name, value] = header
      if (value === null) return header
      if (this.#isHeader(name)) {
        const text = this.#replace(textOf(value))
        if (text === value) return header
        changed = true
        return [name, text]
      }
      const inner = this.#inner(value)
      if (inner === value) return header
      changed = true
      return [name, inner]
    })
    return changed ? redacted : headers
  }

  #inner(value: NonNullable<Header[1]>): NonNullable<Header[1]> {
    if (typeof value === 'string') return this.#texts.text(value)
    if (value instanceof Uint8Array) return this.#texts.payload(value)
    const inner = this.#json(value.value)
    return inner === value.value ? value : { type: value.type, value: inner }
  }

  /** Properties and tables of headers: names count at every depth, and texts are looked into. */
  #json(value: Json): Json {
    if (typeof value === 'string') return this.#texts.text(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map((item) => this.#json(item))
      return items.every((item, index) => item === (value as readonly Json[])[index]) ? value : items
    }
    let changed = false
    const entries = Object.entries(value).map(([name, inner]): [string, Json] => {
      const redacted = this.#isHeader(name) && inner !== null ? this.#replace(textOf(inner)) : this.#json(inner)
      changed ||= redacted !== inner
      return [name, redacted]
    })
    return changed ? Object.fromEntries(entries) : value
  }
}

/** Whether a response is a record of this very envelope: what one holds the other does. */
function isEnvelopeOf(resp: Uint8Array, envelope: Uint8Array): boolean {
  if (resp.length < recordHeadBytes + 4 + envelope.length) return false
  const at = recordHeadBytes + 4 + readU32(resp, recordHeadBytes - 4)
  if (at + envelope.length > resp.length || readU32(resp, at - 4) !== envelope.length) return false
  return asBuffer(resp).compare(envelope, 0, envelope.length, at, at + envelope.length) === 0
}

/** What is part of no pattern of the default rules, so that no rule replaces what another has put there. */
const plainToken = /^[\w[\]-]*$/
/** Quotes around it, and a backslash before each where that is a text in JSON again. */
const quotesBytes = 4

function growthOf({ token, salt }: RedactionRules): number {
  if (!plainToken.test(token)) return Number.POSITIVE_INFINITY
  return quotesBytes + Math.max(token.length, salt === undefined ? 0 : pseudonymBytes)
}

function recordOf(resp: Uint8Array): MessageRecord | undefined {
  try {
    return decodeRecord(resp)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}

function textOf(value: NonNullable<Header[1]> | Json): string {
  if (typeof value === 'string') return value
  return value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : JSON.stringify(value)
}
