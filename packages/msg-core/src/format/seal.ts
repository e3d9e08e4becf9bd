import { hash } from 'node:crypto'
import { hashFile } from '../kit/index.ts'
import { beginFault } from './begins.ts'
import { decodeEntry, encodeEntry, type CassetteReader, type EntryFields } from './cassette/index.ts'
import type { JsonObject } from './envelope/index.ts'
import { canonicalJsonBytes } from './json/index.ts'
import { messagingKind, wires } from './record/index.ts'

/** The last entry of a finished recording: what it covers, and what made it. */
const sealOp = 'std.msg.lab.seal_v1'
const sealKey = 'sha256'
/** The operations that X07 records for messaging. */
const x07Ops = new Set(Object.values(wires).flatMap(({ publishOp, deliverOp }) => [publishOp, deliverOp]))
/** A larger seal is not one: ours stay far below, and a list of millions of open begins is made to fill memory. */
const maxSealBytes = 4 * 1024 * 1024

/** What a seal says, beside what the recorder adds (clients, broker, policy). */
export interface Seal {
  /** Entries before the seal. */
  readonly entries: number
  /** Bytes before the seal. */
  readonly bytes: number
  /** Of these bytes, in hex. */
  readonly sha256: string
  /** Begin positions without an entry: what began and never ended. */
  readonly open: readonly number[]
  /** The seal's own begin position. Absent, as the next, in seals of the first form, which nothing protects themselves. */
  readonly begin?: number
  /** SHA-256 of the canonical JSON of all other members, in hex: no byte of the seal changes unseen. */
  readonly seal_sha256?: string
  readonly [more: string]: unknown
}

/** Where a seal is appended: the part of an rr handle that it needs. */
export interface SealSink {
  begin(): number
  appendEntry(fields: EntryFields): void
  flush(): void
}

/** What a recorder puts into a seal. */
export interface SealContent {
  /** The file that the handle writes. */
  readonly path: string
  readonly entries: number
  /** {@link RecordingDriver.openBegins} of all drivers recorded. */
  readonly open: readonly number[]
  /** Who recorded under which contracts; nothing secret. */
  readonly more?: JsonObject
}

/**
 * Flushes the handle, hashes what is in the file and appends the seal.
 *
 * @throws RrError where the cassette cannot be written
 */
export function appendSeal(handle: SealSink, { path, entries, open, more }: SealContent): void {
  handle.flush()
  const { bytes, sha256 } = hashFile(path)
  const begin = handle.begin()
  const content = { ...more, entries, bytes, sha256, open, begin }
  handle.appendEntry(sealEntry(canonicalJsonBytes({ ...content, seal_sha256: hashOf(content) }), begin))
}

function sealEntry(resp: Uint8Array, seq: number): EntryFields {
  return { kind: messagingKind, op: sealOp, key: sealKey, req: new Uint8Array(0), resp, err: 0, seq }
}

function hashOf(content: JsonObject): string {
  return hash('sha256', canonicalJsonBytes(content))
}

/**
 * The seal of a cassette; or that it has none and none is due, as with X07's own cassettes; or why it does not count: its
 * seal does not fit, or it is a recording of this program's that was interrupted or cut.
 */
export type SealCheck =
  | { readonly kind: 'sealed'; readonly seal: Seal }
  | { readonly kind: 'unsealed' }
  | { readonly kind: 'broken'; readonly reason: string }

/** Reads the seal of a cassette and hashes the bytes of its file that the seal covers. */
export function checkSeal(cassette: CassetteReader, path: string): SealCheck {
  const lane = cassette.lanes.find(Buffer.from(messagingKind), Buffer.from(sealOp), Buffer.from(sealKey))
  const entry = lane < 0 ? undefined : cassette.peek(lane)
  if (entry === undefined) return withoutSeal(cassette)
  if (entry !== cassette.count - 1)
    return { kind: 'broken', reason: `the seal is entry ${entry}, and entries follow it` }
  const length = cassette.length(entry)
  if (length > maxSealBytes) {
    return { kind: 'broken', reason: `the seal, entry ${entry}, has ${length} bytes, more than ${maxSealBytes}` }
  }
  const document = cassette.entry(entry)
  const { resp } = decodeEntry(document)
  const seal = parseSeal(resp)
  if (seal === undefined || !isUnchanged(seal, resp, document)) {
    return { kind: 'broken', reason: `the seal, entry ${entry}, has changed since it was recorded` }
  }
  if (seal.entries !== entry) {
    return { kind: 'broken', reason: `the seal covers ${seal.entries} entries, ${entry} are there` }
  }
  const fault = beginFault(cassette, entry, seal.open)
  if (fault !== undefined) return { kind: 'broken', reason: fault }
  const actual = hashFile(path, seal.bytes)
  if (actual.bytes !== seal.bytes || actual.sha256 !== seal.sha256) {
    return { kind: 'broken', reason: 'the bytes that the seal covers have changed since it was recorded' }
  }
  return { kind: 'sealed', seal }
}

/** No seal; but where the last entry reads like one, it was one before its name was changed. */
function withoutSeal(cassette: CassetteReader): SealCheck {
  const last = cassette.count - 1
  if (
    last >= 0 &&
    cassette.length(last) <= maxSealBytes &&
    parseSeal(decodeEntry(cassette.entry(last)).resp) !== undefined
  ) {
    return { kind: 'broken', reason: `the seal, entry ${last}, has changed since it was recorded` }
  }
  return isOwn(cassette)
    ? { kind: 'broken', reason: 'it has no seal, so that it was cut short or its recording never ended' }
    : { kind: 'unsealed' }
}

/**
 * Whether this program recorded a cassette, whose finished recordings have a seal: X07 writes neither begin positions nor
 * operations of `std.msg` other than its own three.
 */
function isOwn(cassette: CassetteReader): boolean {
  if (cassette.badBegin !== undefined) return true
  for (let index = 0; index < cassette.count; index++) if (cassette.begin(index) !== undefined) return true
  for (const { op } of cassette.lanes.values()) {
    const name = Buffer.from(op).toString('latin1')
    if (name.startsWith('std.msg.') && !x07Ops.has(name)) return true
  }
  return false
}

function isUnchanged(seal: Seal, resp: Uint8Array, document: Uint8Array): boolean {
  const { seal_sha256: own, ...content } = seal
  if (own === undefined && content.begin === undefined) return true
  return (
    own === hashOf(content as JsonObject) &&
    Buffer.compare(encodeEntry(sealEntry(resp, content.begin ?? 0)), document) === 0 &&
    Buffer.compare(canonicalJsonBytes(seal), resp) === 0
  )
}

function parseSeal(bytes: Uint8Array): Seal | undefined {
  try {
    const seal = JSON.parse(Buffer.from(bytes).toString()) as Partial<Seal> | null
    const { entries, bytes: covered, sha256, open, begin } = seal ?? {}
    const whole = isU32(entries) && isU32(covered) && typeof sha256 === 'string' && /^[0-9a-f]{64}$/.test(sha256)
    const positions = Array.isArray(open) && open.every(isU32) && (begin === undefined || isU32(begin))
    return whole && positions ? (seal as Seal) : undefined
  } catch {
    return undefined
  }
}

function isU32(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff
}
