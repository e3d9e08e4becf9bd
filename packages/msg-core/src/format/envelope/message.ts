/** JSON as RFC 8259 has it, after parsing. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject

/** A JSON object. */
export type JsonObject = { readonly [name: string]: Json }

/**
 * A header value that is more than text or bytes: a type of the transport and its value as JSON. 64 bit integers and
 * timestamps are decimal text, never numbers. The names of the types belong to the driver that makes them.
 */
export interface TypedValue {
  readonly type: string
  readonly value: Json
}

/** Text is well-formed Unicode; bytes are anything that is not UTF-8 (or, over AMQP, is typed as bytes); null is Kafka's null value. */
export type HeaderValue = string | Uint8Array | null | TypedValue

/** Name and value. Names may repeat, and their order is kept. */
export type Header = readonly [name: string, value: HeaderValue]

/**
 * A message as a client of any broker sees it. Kafka's key is `key`; over AMQP it is the routing key. A null value is a
 * Kafka tombstone, a null key is not an empty key.
 */
export interface Message {
  /** The contract's logical topic, never the run-scoped name on the broker. */
  readonly topic: string
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly Header[]
  /** What the transport carries beside headers (AMQP basic properties such as `priority`, `correlationId`), as JSON. */
  readonly properties?: JsonObject
}
