import { setImmediate } from 'node:timers/promises'
import { decodeEntry, NO_LIMITS, type CassetteReader, type Entry } from '../../format/cassette/index.ts'
import { decodeEnvelope, type Json, type Message } from '../../format/envelope/index.ts'
import { openReader } from '../../format/joined-reader.ts'
import { partAt, partFileName } from '../../format/part.ts'
import { decodeRecord, wires } from '../../format/record/index.ts'
import { oneLine } from '../../kit/terminal-text.ts'
import { ByteScan, type ByteFinding } from './byte-scan.ts'
import { contentIn, readGroups, type Group } from './groups.ts'

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
  const open = (): CassetteReader =>
    openReader(path, { limits: NO_LIMITS, indexPages: 8, reuses: true, ...(name === undefined ? {} : { name }) })
  const scan = new ByteScan(secrets)
  const findings: SecretFinding[] = []
  let cassette: CassetteReader | undefined
  /** One by one: nearly no cassette has entries that this is needed for. */
  const lookCloser = (from: number, to: number): void => {
    cassette ??= open()
    for (let entry = from; entry < Math.min(to, cassette.count) && findings.length < most; entry++) {
      const found = scanEntry(cassette, entry, scan)
      if (found !== undefined) findings.push({ entry, ...found })
    }
  }
  try {
    let parts = 1
    if (goesOn(path)) {
      // Sees that all its parts are there.
      cassette = open()
      parts = cassette.parts?.length ?? 1
    }
    let from = 0
    for (let part = 1; part <= parts; part++) {
      for (const group of readGroups(partFileName(path, part))) {
        if (group === undefined) {
          // Opening it says what is the matter.
          lookCloser(from, Number.POSITIVE_INFINITY)
          return findings
        }
        const to = from + group.entries
        if (mayHold(group, scan)) lookCloser(from, to)
        if (findings.length >= most) return findings
        from = to
        yield
      }
    }
    return findings
  } finally {
    cassette?.close()
  }
}

/** Whether a file is the first part of a recording that goes on in others. */
function goesOn(path: string): boolean {
  const part = partAt(path)
  return part?.number === 1 && part.parts === undefined
}

/** Nearly every group holds nothing, and is looked through at once. */
function mayHold({ bytes, entries, values }: Group, scan: ByteScan): boolean {
  if (bytes === undefined || scan.find(bytes, entries) !== undefined) return true
  return values.some((value) => scan.findPacked(value) !== undefined)
}

function scanEntry(cassette: CassetteReader, index: number, scan: ByteScan): Omit<SecretFinding, 'entry'> | undefined {
  const document = cassette.entry(index)
  for (let at = 0; at < document.length; at += pieceBytes) {
    const found = scan.find(document.subarray(at, at + pieceBytes + 4096))
    if (found !== undefined) return placed(document, scan, found)
  }
  // What is packed without a mark is found only where a value begins.
  const entry = decodeEntry(document)
  const message = messageOf(entry)
  if (message === undefined) {
    for (const field of ['req', 'resp'] as const) {
      const content = contentIn(entry[field], 0, entry[field].length)
      const found = content === undefined ? undefined : scan.find(entry[field].subarray(content.start, content.end))
      if (found !== undefined) return told(field, found)
    }
    return undefined
  }
  const found = message.value === null ? undefined : scan.find(message.value)
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
