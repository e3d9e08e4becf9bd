import { setImmediate } from 'node:timers/promises'
import { decodeEntry, NO_LIMITS, type CassetteReader, type Entry } from '../../format/cassette/index.ts'
import { decodeEnvelope, type Json, type Message } from '../../format/envelope/index.ts'
import { openReader } from '../../format/joined-reader.ts'
import { decodeRecord, wires } from '../../format/record/index.ts'
import { oneLine } from '../../kit/terminal-text.ts'
import { ByteScan, type ByteFinding } from './byte-scan.ts'
import { mayBeSnappy } from './unpack.ts'

/** A secret in a cassette, told without it. */
export interface SecretFinding {
  /** From 0. */
  readonly entry: number
  /** `req`, `key`, `value`, `header x-auth`, `property userId` and the like. */
  readonly field: string
  /** What it is: a form of credential, or the variable whose value it is. */
  readonly rule: string
  /** Wrappings it was found in, the outermost first. */
  readonly within: readonly string[]
  /** Which rule would have kept it out. */
  readonly advice: string
}

/** What {@link scanCassette} looks for beside the forms of credentials. */
export interface SecretScanOptions {
  /** Values that may not occur, by the name to tell them by. */
  readonly secrets?: ReadonlyMap<string, string>
  /** What messages call the cassette; by default its path. */
  readonly name?: string
  /** Findings at most; default 20. */
  readonly most?: number
}

const defaultMost = 20
/** A larger entry is scanned in pieces of this size, which overlap. */
const pieceBytes = 8 * 1024 * 1024
const messageOps = new Set(
  Object.values(wires).flatMap(({ publishOp, deliverOp, unsettledOp }) => [publishOp, deliverOp, unsettledOp]),
)

/**
 * Looks through a whole cassette with all its parts, every byte of every entry, for what no file may hold.
 *
 * @throws RrError where it cannot be read
 */
export function scanCassette(path: string, options: SecretScanOptions = {}): SecretFinding[] {
  const steps = scanSteps(path, options)
  for (let step = steps.next(); ; step = steps.next()) if (step.done === true) return step.value
}

/**
 * {@link scanCassette} with turns of the event loop in between: what did not unpack leaves a stream of zlib behind until then, which of
 * millions of messages is gigabytes.
 */
export async function scanCassetteInTurns(path: string, options: SecretScanOptions = {}): Promise<SecretFinding[]> {
  const steps = scanSteps(path, options)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value
    await setImmediate()
  }
}

function* scanSteps(path: string, options: SecretScanOptions): Generator<void, SecretFinding[]> {
  const { secrets = new Map(), most = defaultMost, name } = options
  // From the first entry to the last: no more of the index is needed than where they are.
  using cassette = openReader(path, {
    limits: NO_LIMITS,
    indexPages: 8,
    reuses: true,
    ...(name === undefined ? {} : { name }),
  })
  const room = Buffer.allocUnsafeSlow(2 * groupBytes)
  const scan = new ByteScan(secrets)
  const findings: SecretFinding[] = []
  let from = 0
  while (from < cassette.count && findings.length < most) {
    const group = readGroup(cassette, from, room)
    // Nearly every group holds nothing, and is looked through at once; where one may, its entries are one by one.
    const mayHold = group.bytes === undefined || group.isBlock || scan.find(group.bytes, group.to - from) !== undefined
    for (let entry = from; mayHold && entry < group.to && findings.length < most; entry++) {
      const found = scanEntry(cassette, entry, scan)
      if (found !== undefined) findings.push({ entry, ...found })
    }
    from = group.to
    yield
  }
  return findings
}

/** Entries that are looked through together, in bytes. */
const groupBytes = 512 * 1024
/** A shorter request is not worth to be looked for in its response. */
const leastCopyBytes = 64
const separator = 0x0a

interface Group {
  /** The entry behind the last. */
  readonly to: number
  /** What the entries hold, what one holds twice once; undefined where a single entry is larger than a group. */
  readonly bytes: Buffer | undefined
  /** Whether a value may be a block of snappy, which has no mark that it could be found by inside other bytes. */
  readonly isBlock: boolean
}

/** @param room where their bytes are put together; it has place for a separator behind each */
function readGroup(cassette: CassetteReader, from: number, room: Buffer): Group {
  let length = 0
  let filled = 0
  let isBlock = false
  let to = from
  for (; to < cassette.count; to++) {
    const bytes = cassette.length(to)
    if (length + bytes > groupBytes) break
    length += bytes
    const borrowed = cassette.entry(to)
    const document = Buffer.from(borrowed.buffer, borrowed.byteOffset, borrowed.length)
    const entry = decodeEntry(document)
    for (const part of withoutCopy(document, entry.req)) {
      room.set(part, filled)
      filled += part.length
    }
    room[filled++] = separator
    const { value } = messageOf(entry) ?? {}
    isBlock ||= value != null && mayBeSnappy(value)
  }
  if (to === from) return { to: from + 1, bytes: undefined, isBlock }
  return { to, bytes: room.subarray(0, filled), isBlock }
}

/** An entry without the envelope that stands in its request and again in its response. */
function withoutCopy(document: Buffer, req: Uint8Array): Uint8Array[] {
  if (req.length < leastCopyBytes) return [document]
  const first = document.indexOf(req)
  const second = document.indexOf(req, first + req.length)
  return second < 0 ? [document] : [document.subarray(0, second), document.subarray(second + req.length)]
}

function scanEntry(cassette: CassetteReader, index: number, scan: ByteScan): Omit<SecretFinding, 'entry'> | undefined {
  const document = cassette.entry(index)
  for (let at = 0; at < document.length; at += pieceBytes) {
    const found = scan.find(document.subarray(at, at + pieceBytes + 4096))
    if (found !== undefined) return placed(document, scan, found)
  }
  // A block of snappy has no magic: it is one only where a value begins.
  const message = messageOf(decodeEntry(document))
  const found = message?.value == null ? undefined : scan.find(message.value)
  return found === undefined ? undefined : told('value', found)
}

/** Says in which field it is: the smallest part that holds it. */
function placed(document: Uint8Array, scan: ByteScan, found: ByteFinding): Omit<SecretFinding, 'entry'> {
  const entry = decodeEntry(document)
  const message = messageOf(entry)
  if (message !== undefined) {
    for (const [field, bytes] of partsOf(message)) {
      const inPart = scan.find(bytes)
      if (inPart !== undefined) return told(field, inPart)
    }
  }
  for (const field of ['req', 'resp', 'key', 'op', 'kind'] as const) {
    const inField = scan.find(entry[field])
    if (inField !== undefined) return told(field, inField)
  }
  return told('an unknown field', found)
}

function messageOf({ op, req, resp }: Entry): Message | undefined {
  if (!messageOps.has(Buffer.from(op).toString('latin1'))) return undefined
  for (const read of [() => decodeEnvelope(req), () => decodeEnvelope(decodeRecord(resp).envelope)]) {
    try {
      return read()
    } catch {
      // Not of this program's making, or an answer without a message.
    }
  }
  return undefined
}

function* partsOf(message: Message): Generator<readonly [field: string, bytes: Uint8Array]> {
  if (message.value !== null) yield ['value', message.value]
  if (message.key !== null) yield ['key', message.key]
  yield ['topic', Buffer.from(message.topic)]
  // Names come first: one that holds a secret is not told.
  for (const [name] of message.headers) yield ['the name of a header', Buffer.from(name)]
  for (const name of Object.keys(message.properties ?? {})) yield ['the name of a property', Buffer.from(name)]
  for (const [name, value] of message.headers) yield [`header ${oneLine(name)}`, bytesOf(name, value)]
  for (const [name, value] of Object.entries(message.properties ?? {})) {
    yield [`property ${oneLine(name)}`, bytesOf(name, value)]
  }
}

/** With its name, as in JSON: some values are only told by it. */
function bytesOf(name: string, value: Json | Uint8Array | { readonly value: Json }): Uint8Array {
  return value instanceof Uint8Array ? value : Buffer.from(JSON.stringify({ [name]: value }))
}

function told(field: string, { rule, within }: ByteFinding): Omit<SecretFinding, 'entry'> {
  return { field, rule, within, advice: adviceFor(field) }
}

function adviceFor(field: string): string {
  if (field.startsWith('header ') || field.startsWith('property ')) {
    return `list ${field.slice(field.indexOf(' ') + 1)} in redact_headers of the sanitizer`
  }
  if (field === 'value') return 'list its member in fields or pointers, or its form in patterns, of arch/vcr'
  if (field === 'key') return 'set keys to pseudonym in arch/vcr'
  return 'list its form in patterns of arch/vcr, or keep it out of what the program sends'
}

/** A recording that holds secrets: it keeps its partial name. The message names places and rules, never a value. */
export class SecretsFound extends Error {
  override readonly name = 'SecretsFound'
  readonly findings: readonly SecretFinding[]

  constructor(cassette: string, findings: readonly SecretFinding[]) {
    const [first] = findings
    const more = findings.length > 1 ? `, and ${findings.length - 1} more` : ''
    super(
      `record ${cassette}: it would hold a secret: ${first === undefined ? '' : describeFinding(first)}${more}; ${first?.advice ?? ''}, and record again`,
    )
    this.findings = findings
  }
}

/** A finding as a clause: `entry 3, header x-auth: github-token (in Base64)`. */
export function describeFinding({ entry, field, rule, within }: SecretFinding): string {
  const wrappings = within.length === 0 ? '' : ` (in ${within.join(' in ')})`
  return `entry ${entry}, ${field}: ${oneLine(rule)}${wrappings}`
}
