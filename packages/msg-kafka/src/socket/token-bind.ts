/**
 * Values that a program makes up anew in each run: a UUID, or 16 and more hexadecimal digits. Two texts that differ in nothing
 * else say the same, and what was recorded under one name goes on under the other.
 */
const tokens = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{16,}/gi

/** A text with its made-up values taken out: equal for texts that differ in them alone. */
export function maskTokens(text: string): string {
  return text.replace(tokens, (token) => `#${token.length}`)
}

/** Which made-up value of the recording stands for which of this run. One value has one name, in both directions. */
export class TokenBindings {
  readonly #now = new Map<string, string>()
  readonly #recorded = new Map<string, string>()

  get size(): number {
    return this.#now.size
  }

  /**
   * Whether two texts are the same but for their made-up values, and these agree with what is bound.
   *
   * @returns the pairs that are new; undefined where the texts differ
   */
  compare(recorded: string, now: string): [string, string][] | undefined {
    if (recorded.length !== now.length) return undefined
    const before = recorded.match(tokens) ?? []
    const after = now.match(tokens) ?? []
    if (before.length === 0 || before.length !== after.length || maskTokens(recorded) !== maskTokens(now))
      return undefined
    const pairs = new Map<string, string>()
    const taken = new Map<string, string>()
    for (const [at, token] of before.entries()) {
      const other = after[at]!
      const known = pairs.get(token) ?? this.#now.get(token)
      const owner = taken.get(other) ?? this.#recorded.get(other)
      if (known === undefined && owner === undefined) {
        pairs.set(token, other)
        taken.set(other, token)
      } else if (known !== other || owner !== token) return undefined
    }
    return [...pairs].filter(([token, other]) => token !== other)
  }

  bind(pairs: readonly (readonly [string, string])[]): void {
    for (const [recorded, now] of pairs) {
      this.#now.set(recorded, now)
      this.#recorded.set(now, recorded)
    }
  }

  /** A text of the recording with the values of this run. */
  toNow(text: string): string {
    return this.size === 0 ? text : text.replace(tokens, (token) => this.#now.get(token) ?? token)
  }

  /** A text of this run with the values of the recording. */
  toRecorded(text: string): string {
    return this.size === 0 ? text : text.replace(tokens, (token) => this.#recorded.get(token) ?? token)
  }

  /** Bytes of the recording with the values of this run; the same bytes where none is in them. */
  bytesToNow(bytes: Uint8Array): Uint8Array {
    return this.size === 0 ? bytes : translated(bytes, (text) => this.toNow(text))
  }

  /** Bytes of this run with the values of the recording. */
  bytesToRecorded<Bytes extends Uint8Array>(bytes: Bytes): Bytes | Buffer {
    return this.size === 0 ? bytes : translated(bytes, (text) => this.toRecorded(text))
  }
}

/** Both values of a pair have one length, so that no length in front of them changes. */
function translated<Bytes extends Uint8Array>(bytes: Bytes, translate: (text: string) => string): Bytes | Buffer {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
  const other = translate(text)
  return other === text ? bytes : Buffer.from(other, 'latin1')
}
