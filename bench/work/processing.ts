import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

/**
 * What the pipeline does with a message, as one would write it by hand: parse the payload, see that it is RFC 8785, and
 * chain its SHA-256 to those of its key. The plain sides of the comparisons do this much, no more.
 */
export class Processing {
  count = 0
  notCanonical = 0
  readonly #chains = new Map<string, Buffer>()

  add(key: Buffer, payload: Buffer): void {
    this.count++
    const text = payload.toString()
    if (canonicalize(JSON.parse(text) as unknown) !== text) this.notCanonical++
    const name = key.toString('latin1')
    const chain = this.#chains.get(name) ?? Buffer.alloc(32)
    this.#chains.set(name, hash('sha256', Buffer.concat([chain, payload]), 'buffer'))
  }

  /** The chain of a key in hex. */
  chainOf(key: string): string | undefined {
    return this.#chains.get(key)?.toString('hex')
  }
}
