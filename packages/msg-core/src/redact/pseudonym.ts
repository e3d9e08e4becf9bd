import { createHmac } from 'node:crypto'
import { murmur2Partition } from './murmur2.ts'
import type { RedactionRules } from './rules.ts'

const prefix = 'anon-'
const digits = 32
/** Bytes of every pseudonym. */
export const pseudonymBytes = prefix.length + digits
const looksLikeOne = /^anon-[0-9a-f]{32}$/

/** What stands in the place of a value: the token, or with a salt a pseudonym, the same for equal values. */
export function createReplacement({ token, salt }: Pick<RedactionRules, 'token' | 'salt'>): (value: string) => string {
  // What was replaced stays as it is: a program that sends on what a replay gave it sends the same.
  return (value) => {
    if (value === token || looksLikeOne.test(value)) return value
    return salt === undefined ? token : pseudonymOf(salt, Buffer.from(value), 0)
  }
}

/**
 * The pseudonym of a key; with `partitions` one that Kafka's partitioner puts into the partition of the key. About as many
 * are tried as there are partitions.
 */
export function keyPseudonym(salt: Uint8Array, key: Uint8Array, partitions: number | undefined): Uint8Array {
  if (looksLikeOne.test(Buffer.from(key).toString('latin1'))) return key
  const wanted = partitions === undefined ? undefined : murmur2Partition(key, partitions)
  for (let attempt = 0; ; attempt++) {
    const name = Buffer.from(pseudonymOf(salt, key, attempt))
    if (wanted === undefined || murmur2Partition(name, partitions ?? 1) === wanted) return name
  }
}

function pseudonymOf(salt: Uint8Array, value: Uint8Array, attempt: number): string {
  const mac = createHmac('sha256', salt).update(value)
  if (attempt > 0) mac.update(`\u0000${attempt}`)
  return `${prefix}${mac.digest('hex').slice(0, digits)}`
}
