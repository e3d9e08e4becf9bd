import { redactBson } from './bson.ts'
import { cbor } from './cbor.ts'
import { redactCounted } from './counted.ts'
import type { BinaryRules, Pointers } from './edits.ts'
import { msgpack } from './msgpack.ts'
import { redactProtobuf } from './protobuf.ts'

export type { BinaryRules, Pointers } from './edits.ts'

/** What stands in front of a payload and names its schema: the first byte, and how many there are. */
export const schemaHeads = [
  // https://docs.confluent.io/platform/current/schema-registry/fundamentals/serdes-develop/index.html#wire-format
  { mark: 0, bytes: 5 },
  // https://docs.aws.amazon.com/glue/latest/dg/schema-registry.html: a version, the compression, an id of 16 bytes
  { mark: 3, bytes: 18 },
] as const

/**
 * A payload that is not text, of MessagePack, CBOR, BSON or Protocol Buffers, without its secrets. Nothing says which it is: each is
 * tried, and counts where it takes up every byte and something of it is to be replaced. What is not replaced stays byte for byte, with
 * lengths and counts as they have to be, which no library that reads and writes such values does.
 *
 * @returns undefined where it is none of them, or holds nothing to replace
 */
export function redactBinary(bytes: Buffer, rules: BinaryRules, pointers: Pointers): Buffer | undefined {
  const bare = redactBare(bytes, rules, pointers)
  if (bare !== undefined) return bare
  for (const head of schemaHeads) {
    if (bytes[0] !== head.mark || bytes.length <= head.bytes) continue
    const body = redactBare(bytes.subarray(head.bytes), rules, pointers)
    if (body !== undefined) return behind(bytes, head.bytes, body)
    // Confluent's framing of Protocol Buffers: which message of the schema it is, as a path of small numbers.
    const path = head.bytes + 1 + (bytes[head.bytes]! >>> 1)
    const message = head.mark === 0 ? redactProtobuf(bytes.subarray(path), rules) : undefined
    if (message !== undefined) return behind(bytes, path, message)
  }
  return undefined
}

function redactBare(bytes: Buffer, rules: BinaryRules, pointers: Pointers): Buffer | undefined {
  return (
    redactCounted(bytes, msgpack, rules, pointers) ??
    redactCounted(bytes, cbor, rules, pointers) ??
    redactBson(bytes, rules, pointers) ??
    redactProtobuf(bytes, rules)
  )
}

function behind(bytes: Buffer, head: number, body: Buffer): Buffer {
  const whole = Buffer.concat([bytes.subarray(0, head), body])
  // The framing of gRPC has the length of what follows in the same place.
  if (bytes[0] === 0 && bytes.readUInt32BE(1) === bytes.length - head) whole.writeUInt32BE(body.length, 1)
  return whole
}
