import crypto, { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** What the broker says to one message of a login. */
export type SaslAnswer =
  | { readonly kind: 'continue' | 'done'; readonly bytes: Buffer }
  | { readonly kind: 'refused'; readonly message: string }

/** The broker's side of a login. It says yes to any name: what was recorded has gone through. */
export interface SaslServer {
  answer(bytes: Buffer): SaslAnswer
}

/** The password that stands for every other one where a server has to prove that it knows it. */
export const replayPasswordVariable = 'VCR_SASL_PASSWORD'

/** Salt and iterations of a SCRAM login; the least that clients accept. */
const iterations = 4096

/**
 * Tells the key that a client of this process derives from its password and a salt, so that SCRAM's server signature can be made
 * without knowing the password. Called when a SCRAM login begins; the result takes the key, or undefined, and ends the watch.
 */
export type WatchPassword = (salt: Buffer) => () => Buffer | undefined

/** @param password what a client in another process logs in with */
export function openSasl(mechanism: string, password: string, watch: WatchPassword): SaslServer {
  if (mechanism === 'SCRAM-SHA-256') return new ScramServer('sha256', 32, password, watch)
  if (mechanism === 'SCRAM-SHA-512') return new ScramServer('sha512', 64, password, watch)
  // PLAIN, OAUTHBEARER and others end with an empty answer.
  return { answer: () => ({ kind: 'done', bytes: Buffer.alloc(0) }) }
}

/** What both sides said first. */
interface ScramFirst {
  readonly bare: string
  readonly server: string
  readonly salt: Buffer
  readonly key: () => Buffer | undefined
}

/** SCRAM (RFC 5802, RFC 7677) without channel binding. */
class ScramServer implements SaslServer {
  readonly #digest: string
  readonly #keyBytes: number
  readonly #password: string
  readonly #watch: WatchPassword
  #first: ScramFirst | undefined

  constructor(digest: string, keyBytes: number, password: string, watch: WatchPassword) {
    this.#digest = digest
    this.#keyBytes = keyBytes
    this.#password = password
    this.#watch = watch
  }

  answer(bytes: Buffer): SaslAnswer {
    return this.#first === undefined ? this.#begin(bytes.toString()) : this.#finish(bytes.toString(), this.#first)
  }

  #begin(message: string): SaslAnswer {
    const bare = message.replace(/^[^,]*,[^,]*,/, '')
    const nonce = /(?:^|,)r=([^,]*)/.exec(bare)?.[1]
    if (nonce === undefined) return { kind: 'refused', message: 'the first SCRAM message has no nonce' }
    const salt = randomBytes(16)
    const server = `r=${nonce}${randomBytes(18).toString('base64url')},s=${salt.toString('base64')},i=${iterations}`
    this.#first = { bare, server, salt, key: this.#watch(salt) }
    return { kind: 'continue', bytes: Buffer.from(server) }
  }

  #finish(message: string, first: ScramFirst): SaslAnswer {
    const seen = first.key()
    this.#first = undefined
    const [, withoutProof, proof] = /^(.*),p=(.*)$/s.exec(message) ?? []
    if (withoutProof === undefined || proof === undefined) {
      return { kind: 'refused', message: 'the last SCRAM message has no proof' }
    }
    const salted = seen ?? pbkdf2Sync(this.#password, first.salt, iterations, this.#keyBytes, this.#digest)
    const said = `${first.bare},${first.server},${withoutProof}`
    const clientKey = this.#hmac(salted, 'Client Key')
    const signature = this.#hmac(createHash(this.#digest).update(clientKey).digest(), said)
    const expected = Buffer.from(clientKey.map((byte, at) => byte ^ signature[at]!))
    const given = Buffer.from(proof, 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return {
        kind: 'refused',
        message: `replay of SCRAM: log in with the password that ${replayPasswordVariable} holds, or "replay" where it is not set`,
      }
    }
    return {
      kind: 'done',
      bytes: Buffer.from(`v=${this.#hmac(this.#hmac(salted, 'Server Key'), said).toString('base64')}`),
    }
  }

  #hmac(key: Buffer, data: string): Buffer {
    return createHmac(this.#digest, key).update(data).digest()
  }
}

/**
 * For clients of this process, which all derive their key with `crypto.pbkdf2` or `pbkdf2Sync`: from a login's first answer to
 * its end both are watched for the salt of that login.
 */
export const watchPbkdf2: WatchPassword = (salt) => {
  const { pbkdf2: original, pbkdf2Sync: originalSync } = crypto
  let key: Buffer | undefined
  const isOurs = (other: unknown): boolean => other instanceof Uint8Array && salt.equals(other)
  const watched: typeof original = (password, used, count, length, digest, done) => {
    original(password, used, count, length, digest, (error, derived) => {
      if (error === null && isOurs(used)) key = Buffer.from(derived)
      done(error, derived)
    })
  }
  const watchedSync: typeof originalSync = (password, used, ...more) => {
    const derived = originalSync(password, used, ...more)
    if (isOurs(used)) key = Buffer.from(derived)
    return derived
  }
  crypto.pbkdf2 = watched
  crypto.pbkdf2Sync = watchedSync
  syncBuiltinESMExports()
  return () => {
    if (crypto.pbkdf2 === watched) crypto.pbkdf2 = original
    if (crypto.pbkdf2Sync === watchedSync) crypto.pbkdf2Sync = originalSync
    syncBuiltinESMExports()
    return key
  }
}
