import { hash } from 'node:crypto'
import { hashFile } from '../kit/index.ts'
import { beginFault } from './begins.ts'
import { decodeEntry, encodeEntry, type CassettePart, type CassetteReader, type EntryFields } from './cassette/index.ts'
import type { JsonObject } from './envelope/index.ts'
import { canonicalJsonBytes } from './json/index.ts'
import { partFileName, partOf, type PartOfSeal } from './part.ts'
import { messagingKind, wires } from './record/index.ts'
import { maxSealBytes, parseSeal, sealKey, sealOp, type Seal } from './seal-form.ts'

/** The operations that X07 records for messaging. */
const x07Ops = new Set(Object.values(wires).flatMap(({ publishOp, deliverOp }) => [publishOp, deliverOp]))

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
  /** {@link RecordingDriver.openBegins} of all drivers recorded; of a part that others follow, none. */
  readonly open: readonly number[]
  /** Which part of the recording the file is; left out where it is in one. */
  readonly part?: PartOfSeal
  /** Who recorded under which contracts; nothing secret. */
  readonly more?: JsonObject
}

/**
 * Flushes the handle, hashes what is in the file and appends the seal.
 *
 * @returns the hash of the seal, which the next part names
 * @throws RrError where the cassette cannot be written
 */
export function appendSeal(handle: SealSink, { path, entries, open, part, more }: SealContent): string {
  handle.flush()
  // A part that is its seal alone is not on the disk yet.
  const { bytes, sha256 } = entries === 0 ? { bytes: 0, sha256: hash('sha256', '') } : hashFile(path)
  const begin = handle.begin()
  const content = { ...more, entries, bytes, sha256, open, begin, ...(part === undefined ? {} : { part: { ...part } }) }
  const own = hashOf(content)
  handle.appendEntry(sealEntry(canonicalJsonBytes({ ...content, seal_sha256: own }), begin))
  return own
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

/**
 * Reads the seal of a cassette and hashes the bytes of its file that the seal covers; of a recording in parts the seals of all of them.
 *
 * @param path the file that the cassette was opened from
 * @returns the seal that the recording ends with
 */
export function checkSeal(cassette: CassetteReader, path: string): SealCheck {
  const lane = cassette.lanes.find(Buffer.from(messagingKind), Buffer.from(sealOp), Buffer.from(sealKey))
  let entry = lane < 0 ? undefined : cassette.peek(lane)
  let last: SealCheck | undefined
  const parts = cassette.parts ?? [{ first: 0, count: cassette.count, bytes: cassette.bytes }]
  for (const [at, part] of parts.entries()) {
    const where = parts.length === 1 ? '' : `part ${at + 1}: `
    const before = last?.kind === 'sealed' ? last.seal : undefined
    last = entry === undefined ? withoutSeal(cassette) : checkPart(cassette, part, entry, partFileName(path, at + 1))
    if (last.kind !== 'sealed')
      return last.kind === 'broken' ? { kind: 'broken', reason: `${where}${last.reason}` } : last
    const wrong = partFault(last.seal, { number: at + 1, parts: parts.length, before })
    if (wrong !== undefined) return { kind: 'broken', reason: `${where}${wrong}` }
    entry = entry === undefined ? undefined : cassette.nextInLane(entry)
  }
  const fault = last?.kind === 'sealed' ? beginFault(cassette, cassette.count - 1, last.seal.open) : undefined
  return fault === undefined ? (last ?? { kind: 'unsealed' }) : { kind: 'broken', reason: fault }
}

function checkPart(cassette: CassetteReader, part: CassettePart, entry: number, path: string): SealCheck {
  const end = part.first + part.count - 1
  if (entry !== end) {
    const reason = entry < end ? `the seal is entry ${entry}, and entries follow it` : 'it has no seal at its end'
    return { kind: 'broken', reason }
  }
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
  const covered = part.count - 1
  if (seal.entries !== covered) {
    return { kind: 'broken', reason: `the seal covers ${seal.entries} entries, ${covered} are there` }
  }
  const actual = hashFile(path, seal.bytes)
  if (actual.bytes !== seal.bytes || actual.sha256 !== seal.sha256) {
    return { kind: 'broken', reason: 'the bytes that the seal covers have changed since it was recorded' }
  }
  return { kind: 'sealed', seal }
}

/** What of a seal does not say of its part what is found; undefined where all fits. */
function partFault(
  seal: Seal,
  { number, parts, before }: { readonly number: number; readonly parts: number; readonly before: Seal | undefined },
): string | undefined {
  const part = partOf(seal)
  if (part === undefined)
    return seal['part'] === undefined && parts === 1 ? undefined : 'its seal does not say which part it is'
  if (part.number !== number)
    return `it is part ${part.number} of a recording; name the first part, which is opened with all others`
  if (part.previous_seal_sha256 !== before?.seal_sha256) return 'its seal names another part before it'
  const isLast = number === parts
  return (part.parts !== undefined) === isLast
    ? undefined
    : `its seal says that ${isLast ? 'more parts follow' : 'it is the last part'}`
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
