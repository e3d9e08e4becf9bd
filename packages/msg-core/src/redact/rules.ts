import type { JsonObject } from '../format/envelope/index.ts'

/** What becomes of a record's key, such as a customer's number that the partition is chosen by. */
export type KeyRule = 'keep' | 'token' | 'pseudonym'

/** What a recording leaves out. Names are compared without case, and `*` in one stands for any run of characters. */
export interface RedactionRules {
  /** Headers and properties, over any broker. */
  readonly headers: readonly string[]
  /** Members of JSON objects, at any depth of a payload, and names in `name=value` texts. */
  readonly fields: readonly string[]
  /** JSON Pointers into a payload; `*` stands for any member or item. */
  readonly pointers: readonly string[]
  /** Regular expressions: what they match in a payload, a header or a text is replaced; a group `secret` alone where there is one. */
  readonly patterns: readonly string[]
  readonly keys: KeyRule
  /** Partitions of the topic: a pseudonym of a key falls into the partition of the key (Kafka's murmur2). */
  readonly partitions?: number
  /** Stands in the place of a value. */
  readonly token: string
  /** Secret of the pseudonyms: with it, equal values stay equal; without it everything becomes the token. */
  readonly salt?: Uint8Array
}

/** Base64 of something with a colon: in each four characters it is the first byte, the second or the third. */
export const base64WithColon = String.raw`(?:[A-Za-z0-9+/]{4})*?(?:O[g-v]|[A-Za-z0-9+/][DTjz][o-r]|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]6)[A-Za-z0-9+/]*={0,2}`

/** What is always a secret. A project's rules add to these, they do not replace them. */
export const defaultRules: RedactionRules = {
  headers: [
    '*authorization*',
    'cookie',
    'set-cookie',
    'x-api-key',
    'api-key',
    'apikey',
    '*access-key',
    '*token*',
    '*password*',
    '*passwd*',
    '*passphrase*',
    '*secret*',
    '*credential*',
    '*private-key*',
  ],
  fields: [
    '*authorization*',
    'cookie',
    'set-cookie',
    'api_key',
    'api-key',
    'apikey',
    'x-api-key',
    '*accesskey',
    '*access_key',
    '*accountkey',
    '*token*',
    '*password*',
    '*passwd*',
    '*passphrase*',
    '*passcode*',
    '*_pass',
    'pwd',
    '*_pwd',
    '*secret*',
    '*credential*',
    '*private_key*',
    '*privatekey*',
  ],
  pointers: [],
  patterns: [
    // User and password of an address (RFC 3986, 3.2.1). What is rare stands first: a scheme could begin at every letter.
    String.raw`://(?<=[A-Za-z][A-Za-z0-9+.-]{1,30}://)(?<secret>[^\s/?#"'<>@:]{0,256}:[^\s/?#"'<>]{0,256})@`,
    // RFC 6750, 2.1; in small letters it is a word too, and what follows has to have a digit.
    String.raw`\b(?:B(?:earer|EARER)|bearer(?=\s{1,8}[^\s"]{0,64}[0-9]))\s{1,8}(?<secret>[A-Za-z0-9+/._~-]{8,}=*)`,
    // RFC 7617, 2: a user and a password with a colon between them. Other words behind this one are prose.
    String.raw`\bBasic\s{1,8}(?<secret>${base64WithColon})`,
  ],
  keys: 'keep',
  token: '[redacted]',
}

/** X07's sanitizer (`x07.arch.rr.sanitize@0.1.0`) as rules. A salt `env:NAME` is read from the environment. */
export function rulesOfSanitizer(
  sanitizer: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
): Partial<RedactionRules> {
  const { redact_headers: headers, redact_token: token, stable_pseudonym_salt: salt } = sanitizer
  return {
    headers: textsOf(headers),
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(typeof salt === 'string' && salt !== '' ? { salt: saltOf(salt, env) } : {}),
  }
}

/** Our own contract (`vcr.redact@0.1.0`), for what a sanitizer cannot say, as rules. */
export function rulesOfContract(
  contract: JsonObject,
  env: Readonly<Record<string, string | undefined>>,
): Partial<RedactionRules> {
  const { headers, fields, pointers, patterns, keys, partitions, token, salt } = contract
  return {
    headers: textsOf(headers),
    fields: textsOf(fields),
    pointers: textsOf(pointers),
    patterns: textsOf(patterns),
    ...(keys === 'token' || keys === 'pseudonym' || keys === 'keep' ? { keys } : {}),
    ...(typeof partitions === 'number' ? { partitions } : {}),
    ...(typeof token === 'string' && token !== '' ? { token } : {}),
    ...(typeof salt === 'string' && salt !== '' ? { salt: saltOf(salt, env) } : {}),
  }
}

/** The default rules and all that add to them; of what can be said once, the last says it. */
export function joinRules(...more: readonly Partial<RedactionRules>[]): RedactionRules {
  let joined = defaultRules
  for (const rules of more) {
    joined = {
      ...joined,
      ...rules,
      headers: [...joined.headers, ...(rules.headers ?? [])],
      fields: [...joined.fields, ...(rules.fields ?? [])],
      pointers: [...joined.pointers, ...(rules.pointers ?? [])],
      patterns: [...joined.patterns, ...(rules.patterns ?? [])],
    }
  }
  return joined
}

/** A salt that is missing or short; the message names the variable. */
export class RedactionError extends Error {
  override readonly name = 'RedactionError'
}

const minSaltLength = 16

function saltOf(text: string, env: Readonly<Record<string, string | undefined>>): Uint8Array {
  const variable = text.startsWith('env:') ? text.slice('env:'.length) : undefined
  const value = variable === undefined ? text : env[variable]
  if (value !== undefined && value.length >= minSaltLength) return Buffer.from(value)
  throw new RedactionError(
    variable === undefined
      ? `the salt of pseudonyms has ${text.length} characters, fewer than ${minSaltLength}; name a variable with it, as env:NAME`
      : `the salt of pseudonyms is ${value === undefined ? 'not there' : `shorter than ${minSaltLength} characters`}; set ${variable} in the environment`,
  )
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter((item) => typeof item === 'string') : []
}
