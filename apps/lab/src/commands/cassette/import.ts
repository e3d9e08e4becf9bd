import { createHash } from 'node:crypto'
import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { CodecError, encodeEnvelope, type Message, type Metadata } from '@x07-lab/msg-core'
import { encodeRecord, messagingKind, wires } from '@x07-lab/msg-core/format'
import type { Wire } from '@x07-lab/msg-core/driver'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'
import { readRegularFile, whyFailed } from '@x07-lab/msg-core/kit'
import { defaultLimits, findCassette, openRecording, type RecordingRun } from '@x07-lab/msg-core/run'
import { readLines } from '../../events/lines.ts'
import { openInput } from '../../events/open-input.ts'
import { FormError, type Carried } from '../../transfer/form.ts'
import { lineForms } from '../../transfer/index.ts'
import { importForms, type ImportForm } from '../../transfer/names.ts'
import { fromRabtap } from '../../transfer/rabbit.ts'
import { exitCodes, UserError } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'

/** What comes in, and as what. */
export interface ImportRequest {
  /** A file of lines, or rabtap's folder. */
  readonly file: string
  readonly from: ImportForm
  /** The cassette that is made. */
  readonly cassette: string
  /** For forms that do not say it. */
  readonly topic?: string | undefined
  readonly wire?: Wire | undefined
  /** The endpoint of the entries; default `local_kafka_v1` or `local_amqp_v1`. */
  readonly endpoint?: string | undefined
  /** What `file` is relative to. */
  readonly cwd: string
  /** Opened only where it is read: `-`. */
  readonly stdin: () => Readable
}

/**
 * Makes a cassette of messages that another tool wrote, in the order of the file. It is sealed as imported: nobody recorded it.
 */
export async function importMessages(root: string, request: ImportRequest): Promise<CommandResult> {
  const { file, from, cassette } = request
  const form = from === 'rabtap' ? undefined : lineForms[from]
  const wire = form?.wire ?? (from === 'rabtap' ? 'amqp' : (request.wire ?? 'kafka'))
  const endpoint = request.endpoint ?? `local_${wire}_v1`
  const target = findCassette(root, cassette)
  if (target.state === 'recorded') {
    throw new UserError(`cassette import: ${target.name} is there already; give another --cassette, or remove it first`)
  }
  const run = await openRecording({ root, file: target, config: { matchMode: 'lookup_v1', limits: defaultLimits } })
  const writer = new ImportedEntries(run, wire, endpoint)
  const digest = createHash('sha256')
  try {
    for await (const carried of from === 'rabtap'
      ? readFolder(file, resolve(request.cwd, file), digest)
      : messagesInLines(request, digest))
      writer.add(carried)
    if (writer.count === 0) throw new UserError(`cassette import: ${file}: it holds no message`, exitCodes.environment)
    run.complete({
      more: {
        imported: { form: from, sha256: digest.digest('hex') },
        driver: { broker: `imported from ${from}`, endpoint, wire },
      },
    })
  } catch (cause) {
    const kept = run.abandon()
    if (cause instanceof FormError) {
      throw new UserError(
        `cassette import: ${cause.message}${writer.count === 0 && from === 'ndjson' ? otherForms : ''}${kept === undefined ? '' : `; ${kept}`}`,
        exitCodes.environment,
        { cause },
      )
    }
    throw cause
  }
  return {
    document: { cassette: target.name, messages: writer.count, wire, endpoint },
    lines: [
      `imported  ${writer.count} messages into ${target.name}`,
      `replay    pnpm lab replay --cassette ${target.name}`,
    ],
    exitCode: exitCodes.ok,
  }
}

/** Said where not even the first line is of the default form. */
const otherForms = `; if another tool wrote it, --from tells which: ${importForms.filter((one) => one !== 'ndjson').join(', ')}`

/** Each message published and confirmed, then delivered and acknowledged, before the next one comes. */
class ImportedEntries {
  readonly #run: RecordingRun
  readonly #wire: Wire
  readonly #endpoint: string
  #count = 0

  constructor(run: RecordingRun, wire: Wire, endpoint: string) {
    this.#run = run
    this.#wire = wire
    this.#endpoint = endpoint
  }

  get count(): number {
    return this.#count
  }

  add({ message, metadata, where }: Carried): void {
    const envelope = envelopeOf(message, where)
    const { offset = null, partition = null, exchange = message.topic } = metadata
    this.#append(1, envelope, this.#wire === 'kafka' ? { offset, partition } : { exchange })
    this.#append(2, envelope, { redelivered: false, ...metadata })
    this.#count++
  }

  #append(opTag: 1 | 2, envelope: Uint8Array, answer: Metadata): void {
    const { publishOp, deliverOp, driverKind } = wires[this.#wire]
    const endpoint = Buffer.from(this.#endpoint)
    this.#run.appendEntry({
      kind: messagingKind,
      op: opTag === 1 ? publishOp : deliverOp,
      key: this.#endpoint,
      req: envelope,
      resp: encodeRecord({ opTag, driverKind, endpoint, envelope, ackTag: 1, ack: canonicalJsonBytes(answer) }),
      err: 0,
      seq: this.#run.begin(),
    })
  }
}

/** @throws FormError where no envelope holds the message: a topic without a name, a header of another type than its value */
function envelopeOf(message: Message, where: string): Uint8Array {
  try {
    return encodeEnvelope(message)
  } catch (cause) {
    if (!(cause instanceof CodecError)) throw cause
    throw new FormError(`${where}: ${cause.message}`, { cause })
  }
}

async function* messagesInLines(
  { file, from, topic, cwd, stdin }: ImportRequest,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Carried> {
  const form = from === 'rabtap' ? undefined : lineForms[from]
  if (form === undefined || !('read' in form)) throw new TypeError('a form that is offered for import can be read')
  const input = openInput({ name: file, path: file === '-' ? file : resolve(cwd, file) }, stdin)
  for await (const { number, bytes } of readLines(hashed(input.chunks(), digest), maxLineBytes)) {
    if (bytes === undefined) throw new FormError(`line ${number}: it is longer than ${maxLineBytes} bytes`)
    const carried = form.read(bytes, number, topic)
    if (carried !== undefined) yield carried
  }
}

/** More than a message of 16 MiB takes in Base64 and JSON. */
const maxLineBytes = 64 * 1_048_576

async function* hashed(
  chunks: AsyncIterable<Uint8Array>,
  digest: ReturnType<typeof createHash>,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    digest.update(chunk)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length)
  }
}

/** rabtap's files in the order in which it received them. */
function* readFolder(name: string, folder: string, digest: ReturnType<typeof createHash>): Generator<Carried> {
  let names: string[]
  try {
    names = readdirSync(folder).filter((name) => /^rabtap-\d+\.json$/.test(name))
  } catch (cause) {
    throw new UserError(
      `cassette import ${name}: ${whyFailed(cause)}; give the folder that rabtap --saveto wrote`,
      exitCodes.environment,
      { cause },
    )
  }
  const files = names.map((name) => {
    const text = Buffer.from(readRegularFile(join(folder, name))).toString()
    const body = join(folder, name.replace(/\.json$/, '.dat'))
    const carried = fromRabtap(text, existsSync(body) ? readRegularFile(body, 0x7fff_ffff) : undefined, name)
    const received = /"XRabtapReceivedTimestamp":\s*"([^"]*)"/.exec(text)?.[1] ?? ''
    return { carried, text, received: sortableTime(received), number: Number(/\d+/.exec(name)?.[0] ?? 0) }
  })
  files.sort((a, b) => (a.received < b.received ? -1 : a.received > b.received ? 1 : a.number - b.number))
  for (const { carried, text } of files) {
    digest.update(text)
    yield carried
  }
}

/** Milliseconds and what is finer, as text that sorts: dates lose nanoseconds. */
function sortableTime(time: string): string {
  const millis = Date.parse(time)
  const fraction = /\.(\d+)/.exec(time)?.[1] ?? ''
  return `${String(Number.isNaN(millis) ? 0 : Math.floor(millis / 1_000)).padStart(14, '0')}.${fraction.padEnd(9, '0')}`
}
