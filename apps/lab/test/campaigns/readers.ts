import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CodecError, decodeEnvelope, DriverError, RrError } from '@x07-lab/msg-core'
import { decodeEntry, decodeRecord, NO_LIMITS, openReader, type CassetteReader } from '@x07-lab/msg-core/format'
import { parseJson, readContract } from '@x07-lab/msg-core/json'
import { createRedactor, joinRules, rulesOfContract, scanCassette } from '@x07-lab/msg-core/redact'
import { decodeConfig, encodeConfig } from '@x07-lab/msg-core/rr'
import { runOsPolicyForm, tooWide } from '@x07-lab/arch-check/policy'
import { commandReader, frameReader } from '@x07-lab/msg-amqp/protocol'
import { amqpProtocol } from '@x07-lab/msg-amqp/socket'
import { kafkaProtocol } from '@x07-lab/msg-kafka/socket'
import {
  decodeBody,
  decodeRequest,
  FrameSplitter,
  ProtocolError,
  readBatches,
  readRecords,
} from '@x07-lab/msg-kafka/protocol'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

/** One reader of bytes from outside, good inputs for it, and what it may throw: anything else is a crash. */
export interface Reader {
  readonly name: string
  readonly inputs: readonly Uint8Array[]
  readonly read: (bytes: Uint8Array) => void
  readonly mayThrow: (error: unknown) => boolean
}

const isOf =
  (...classes: (abstract new (...args: never[]) => Error)[]) =>
  (error: unknown): boolean =>
    classes.some((one) => error instanceof one)

const never = (): boolean => false

class Refused extends Error {}

/** Every reader; `close` removes the folder in which cassettes are written. */
export function openReaders(): { readonly readers: readonly Reader[]; readonly file: string; close(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'fuzz-'))
  const file = join(folder, 'mutant.rrbin')
  const cassettes = [
    'tests/fixtures/replay/lab/orders.rrbin',
    'tests/fixtures/replay/rr/smoke.rrbin',
    '.x07_rr/greetings.rrbin',
  ].map((name) => new Uint8Array(readFileSync(join(repository, name))))
  const socket = (name: string): CassetteReader =>
    openReader(join(repository, 'packages/vcr/test/cassettes/.x07_rr', name), { limits: NO_LIMITS })
  const entriesOf = (cassette: CassetteReader) =>
    Array.from({ length: Math.min(60, cassette.count) }, (_, at) => decodeEntry(Uint8Array.from(cassette.entry(at))))
  using lab = openReader(join(repository, 'tests/fixtures/replay/lab/orders.rrbin'), { limits: NO_LIMITS })
  const messages = entriesOf(lab).filter(({ req }) => req.length > 0)
  using amqp = socket('orders.rrbin')
  using kafka = socket('kafka-orders.rrbin')
  const amqpBytes = entriesOf(amqp).map(({ req, resp }) => (req.length > 0 ? req : resp))
  const calls = entriesOf(kafka).filter(({ op }) => Buffer.from(op).toString().includes('client_call'))
  const contract = (name: string): Uint8Array => new Uint8Array(readFileSync(join(repository, name)))
  const redact = Buffer.from(
    '{"schema_version":"vcr.redact@0.1.0","id":"a","v":1,"fields":["iban"],"pointers":["/a/*"],"patterns":["x+(?<secret>y)"],"keys":"keep"}',
  )
  const readCassette = (bytes: Uint8Array): void => {
    writeFileSync(file, bytes)
    using cassette = openReader(file, { limits: NO_LIMITS })
    for (let at = 0; at < cassette.count; at++) decodeEntry(cassette.entry(at))
  }
  const frames = frameBytes(amqpBytes)
  const readers: Reader[] = [
    { name: 'cassette', inputs: cassettes, read: readCassette, mayThrow: isOf(RrError) },
    {
      name: 'cassette scan',
      inputs: cassettes.slice(1),
      read(bytes) {
        writeFileSync(file, bytes)
        scanCassette(file)
      },
      mayThrow: isOf(RrError),
    },
    {
      name: 'configuration',
      inputs: [
        encodeConfig({
          mode: 'replay_v1',
          matchMode: 'lookup_v1',
          limits: { maxCassetteBytes: 1n, maxEntries: 1, maxReqBytes: 1, maxRespBytes: 1, maxKeyBytes: 1 },
          path: 'shop/orders.rrbin',
        }),
      ],
      read: decodeConfig,
      mayThrow: isOf(RrError),
    },
    { name: 'envelope', inputs: messages.map(({ req }) => req), read: decodeEnvelope, mayThrow: isOf(CodecError) },
    { name: 'record', inputs: messages.map(({ resp }) => resp), read: decodeRecord, mayThrow: isOf(CodecError) },
    {
      name: 'AMQP frames',
      inputs: frames,
      read(bytes) {
        for (const _ of frameReader().feed(bytes)) void _
      },
      mayThrow: isOf(DriverError),
    },
    {
      name: 'AMQP commands',
      inputs: frames,
      read(bytes) {
        for (const _ of commandReader().feed(bytes)) void _
      },
      mayThrow: isOf(DriverError),
    },
    {
      name: 'AMQP recorder',
      inputs: frames,
      read(bytes) {
        const recorder = amqpProtocol.recorder({ append: () => undefined, redactor: createRedactor(joinRules()) })
        const connection = recorder.connection({ host: 'h', port: 1, tls: false })
        connection.fromClient(bytes)
      },
      mayThrow: isOf(DriverError),
    },
    {
      name: 'Kafka requests',
      inputs: calls.map(({ req }) => requestFrame(req)),
      read(bytes) {
        for (const frame of new FrameSplitter().push(bytes)) {
          const { apiKey, version, body } = decodeRequest(frame)
          const fields = decodeBody(apiKey, version, 'request', body)
          if (apiKey !== 0) continue
          const topics = fields['topicData'] as unknown as { partitionData: { records: Uint8Array | null }[] }[]
          for (const { partitionData } of topics) {
            for (const { records } of partitionData)
              for (const batch of readBatches(records ?? new Uint8Array())) readRecords(batch)
          }
        }
      },
      mayThrow: isOf(ProtocolError, DriverError),
    },
    {
      name: 'Kafka recorder',
      inputs: calls.map(({ req }) => requestFrame(req)),
      read(bytes) {
        const recorder = kafkaProtocol.recorder({ append: () => undefined, redactor: createRedactor(joinRules()) })
        recorder.connection({ host: 'h', port: 1, tls: false }).fromClient(bytes)
      },
      mayThrow: isOf(ProtocolError, DriverError),
    },
    {
      name: 'JSON',
      inputs: [contract('arch/rr/index.x07rr.json'), contract('arch/msg/amqp/topology/lab_v1.topology.json')],
      read(bytes) {
        const parsed = parseJson(bytes)
        if (parsed.ok) JSON.parse(parsed.text)
      },
      mayThrow: never,
    },
    {
      name: 'sandbox policy',
      inputs: [contract('arch/policy/os_record.policy.json'), contract('arch/policy/rr_replay.policy.json')],
      read(bytes) {
        const parsed = parseJson(bytes)
        if (!parsed.ok) return
        tooWide(
          readContract(runOsPolicyForm, JSON.parse(parsed.text), (problem) => new Refused(problem)),
          'policy',
        )
      },
      mayThrow: isOf(Refused),
    },
    {
      name: 'redaction contract',
      inputs: [redact],
      read(bytes) {
        const parsed = parseJson(bytes)
        const value: unknown = parsed.ok ? JSON.parse(parsed.text) : undefined
        if (typeof value !== 'object' || value === null) return
        createRedactor(joinRules(rulesOfContract(value as never, {}))).payload(
          Buffer.from('{"iban":"DE1","a":{"b":"xxy"}}'),
        )
      },
      // A pattern, or a pointer, that is none.
      mayThrow: (error) => error instanceof Error,
    },
  ]
  return { readers, file, close: () => rmSync(folder, { recursive: true }) }
}

/** Stored commands as frames on channel 1: method, header and body. */
function frameBytes(stored: readonly Uint8Array[]): Buffer[] {
  const frame = (type: number, payload: Buffer): Buffer => {
    const head = Buffer.from([type, 0, 1, 0, 0, 0, 0])
    head.writeUInt32BE(payload.length, 3)
    return Buffer.concat([head, payload, Buffer.of(0xce)])
  }
  return stored.flatMap((bytes) => {
    const all = Buffer.from(bytes)
    const method = all.length < 8 ? 0 : all.readUInt32BE(0)
    // Of a login only class and method are stored.
    if (method <= 4 || method + 8 > all.length) return []
    const header = all.readUInt32BE(4 + method)
    const parts = [frame(1, all.subarray(4, 4 + method))]
    if (header > 0)
      parts.push(frame(2, all.subarray(8 + method, 8 + method + header)), frame(3, all.subarray(8 + method + header)))
    return [Buffer.concat(parts)]
  })
}

/** A stored call (key, version, body) as a frame with a header of version 1. */
function requestFrame(call: Uint8Array): Buffer {
  const rest = Buffer.concat([call.subarray(0, 4), Buffer.from([0, 0, 0, 1, 0, 1, 0x61]), call.subarray(4)])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(rest.length)
  return Buffer.concat([length, rest])
}
