import { hash } from 'node:crypto'
import { type JsonObject } from '@x07-lab/msg-core'
import { shortAscii } from '@x07-lab/msg-core/format'

/** Version of the aggregate's form. */
const aggregateSchemaVersion = 'x07.lab.aggregate@0.1.0'

const firstChain = '\0'.repeat(32)

/** What one key amounts to. */
interface KeyTotal {
  readonly key: Uint8Array | null
  count: number
  bytes: number
  /**
   * SHA-256 chain: c0 is 32 zero bytes, c(i+1) = SHA-256(c(i) | payload i). A character a byte: Node makes such a text in a
   * third of the time of a Buffer.
   */
  chain: string
}

/**
 * The deterministic result of a run, a function of the input alone: per key the number of messages, their payload bytes and
 * a hash chain over the payloads in the order of the key; in total the sums and one root hash over the keys in byte order.
 * How keys are spread over partitions, queues or workers does not show in it.
 */
export class Aggregate {
  readonly #keys = new Map<string, KeyTotal>()
  #count = 0
  #bytes = 0
  /** Chain and payload side by side, as the hash wants them. */
  #scratch = Buffer.allocUnsafe(4096)

  get count(): number {
    return this.#count
  }

  add(key: Uint8Array | null, payload: Uint8Array): void {
    const total = this.#totalOf(key)
    total.count++
    total.bytes += payload.length
    this.#count++
    this.#bytes += payload.length
    const length = 32 + payload.length
    if (this.#scratch.length < length) this.#scratch = Buffer.allocUnsafe(2 * length)
    this.#scratch.write(total.chain, 'latin1')
    this.#scratch.set(payload, 32)
    total.chain = hash('sha256', this.#scratch.subarray(0, length), 'latin1')
  }

  /** Takes in the aggregate of other keys, so that workers can split the work. The two must have no key in common. */
  merge(other: Aggregate): void {
    for (const [name, total] of other.#keys) {
      if (this.#keys.has(name))
        throw new Error('merge aggregates: they have a key in common, so its order is not known')
      this.#keys.set(name, { ...total })
    }
    this.#count += other.#count
    this.#bytes += other.#bytes
  }

  toJson(): JsonObject {
    const keys = [...this.#keys.values()].sort((a, b) => compareKeys(a.key, b.key))
    return {
      schema_version: aggregateSchemaVersion,
      count: this.#count,
      bytes: this.#bytes,
      root_sha256: rootOf(keys),
      keys: keys.map(({ key, count, bytes, chain }) => ({
        key: showKey(key),
        count,
        bytes,
        sha256: Buffer.from(chain, 'latin1').toString('hex'),
      })),
    }
  }

  #totalOf(key: Uint8Array | null): KeyTotal {
    // Latin-1 keeps every byte, in one character each: beyond them is the name for no key.
    const name = key === null ? '\u{100}' : latin1(key)
    let total = this.#keys.get(name)
    if (total === undefined) {
      total = { key: key === null ? null : new Uint8Array(key), count: 0, bytes: 0, chain: firstChain }
      this.#keys.set(name, total)
    }
    return total
  }
}

/** SHA-256 over, for each key in order: u32 length and bytes (length 2^32 - 1 for no key), u64 count, chain. Little-endian. */
function rootOf(keys: readonly KeyTotal[]): string {
  const parts: Uint8Array[] = []
  for (const { key, count, chain } of keys) {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(key?.length ?? 0xffff_ffff)
    const tail = Buffer.alloc(8)
    tail.writeBigUInt64LE(BigInt(count))
    parts.push(head, key ?? new Uint8Array(0), tail, Buffer.from(chain, 'latin1'))
  }
  return hash('sha256', Buffer.concat(parts))
}

function compareKeys(a: Uint8Array | null, b: Uint8Array | null): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1
  return Buffer.compare(a, b)
}

/** A key as JSON: its text, or base64 where it is not UTF-8, or null. */
function showKey(key: Uint8Array | null): string | null | JsonObject {
  if (key === null) return null
  const text = Buffer.from(key).toString()
  return Buffer.from(text).equals(key) ? text : { b64: Buffer.from(key).toString('base64') }
}

const { latin1Slice } = Buffer.prototype

function latin1(bytes: Uint8Array): string {
  return shortAscii(bytes, 0, bytes.length) ?? latin1Slice.call(bytes)
}
