import * as fc from 'fast-check'
import { ByteWriter, encodeCommand } from '../../src/protocol/index.ts'
import type { Command, FieldTable, FieldValue, Method, Properties, Text } from '../../src/protocol/index.ts'
import { methodLayouts } from '../../src/protocol/method-layout.ts'

const notUtf8 = fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from([0xff, ...bytes]))
const ascii = fc.string({ maxLength: 12 })

export const texts: fc.Arbitrary<Text> = fc.oneof(ascii, fc.string({ unit: 'grapheme', maxLength: 8 }), notUtf8)

const integer = <T extends string>(tag: T, min: number, max: number): fc.Arbitrary<{ tag: T; value: number }> =>
  fc.integer({ min, max }).map((value) => ({ tag, value }))

/** The bits of a NaN other than Node's own. */
const nans: fc.Arbitrary<FieldValue> = fc.constantFrom<FieldValue>(
  { tag: 'f', value: Number.NaN, bits: 0xffc0_0001n },
  { tag: 'd', value: Number.NaN, bits: 0x7ff0_0000_0000_0001n },
)

export const fields: fc.Arbitrary<FieldValue> = fc.letrec<{ any: FieldValue; table: FieldTable }>((tie) => ({
  table: fc.array(fc.tuple(texts, tie('any')), { maxLength: 4 }),
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    texts.map((value): FieldValue => ({ tag: 'S', value })),
    fc.constant<FieldValue>({ tag: 'V' }),
    fc.uint8Array({ maxLength: 9 }).map((value): FieldValue => ({ tag: 'x', value: Buffer.from(value) })),
    fc.oneof(fc.boolean(), fc.integer({ min: 2, max: 255 })).map((value): FieldValue => ({ tag: 't', value })),
    integer('b', -128, 127),
    integer('B', 0, 255),
    integer('s', -32_768, 32_767),
    integer('u', 0, 65_535),
    integer('U', -32_768, 32_767),
    integer('I', -(2 ** 31), 2 ** 31 - 1),
    integer('i', 0, 2 ** 32 - 1),
    fc
      .constantFrom('l', 'L')
      .chain((tag) =>
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value): FieldValue => ({ tag, value })),
      ),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): FieldValue => ({ tag: 'T', value })),
    fc.float().map((value): FieldValue => ({ tag: 'f', value })),
    fc.double().map((value): FieldValue => ({ tag: 'd', value })),
    fc
      .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 2 ** 32 - 1 }))
      .map(([places, digits]): FieldValue => ({ tag: 'D', places, digits })),
    nans,
    fc.array(tie('any'), { maxLength: 4 }).map((items): FieldValue => ({ tag: 'A', items })),
    tie('table').map((table): FieldValue => ({ tag: 'F', fields: table })),
  ),
})).any

export const tables: fc.Arbitrary<FieldTable> = fc.array(fc.tuple(texts, fields), { maxLength: 5 })

const octet = fc.integer({ min: 0, max: 255 })
const longlong = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })

export const properties: fc.Arbitrary<Properties> = fc.record(
  {
    contentType: texts,
    contentEncoding: texts,
    headers: tables,
    deliveryMode: octet,
    priority: octet,
    correlationId: texts,
    replyTo: texts,
    expiration: texts,
    messageId: texts,
    timestamp: longlong,
    type: texts,
    userId: texts,
    appId: texts,
    clusterId: texts,
  },
  { requiredKeys: [] },
)

const argumentsOf = {
  bit: fc.boolean(),
  octet,
  short: fc.integer({ min: 0, max: 65_535 }),
  long: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  longlong,
  shortstr: texts,
  longstr: texts,
  table: tables,
}

/** Every method there is, with arguments of its types. */
export const methods: fc.Arbitrary<Method> = fc
  .constantFrom(...Object.entries(methodLayouts))
  .chain(([name, { args }]) =>
    fc
      .record(Object.fromEntries(Object.entries(args).map(([argument, kind]) => [argument, argumentsOf[kind]])))
      .map((values) => ({ name, args: { ...values } }) as unknown as Method),
  )

const withContent = new Set(['basic.publish', 'basic.return', 'basic.deliver', 'basic.get-ok'])

/** A command and its bytes with bodies cut at `frameMax`. */
export const commands: fc.Arbitrary<Command> = fc.oneof(
  fc.constant<Command>({ type: 'heartbeat' }),
  fc
    .tuple(fc.integer({ min: 0, max: 65_535 }), methods, properties, fc.uint8Array({ maxLength: 40 }))
    .map(([channel, method, props, body]): Command =>
      withContent.has(method.name)
        ? {
            type: 'method',
            channel,
            method,
            content: {
              properties: props,
              body: body.length === 0 ? [] : [Buffer.from(body)],
              bodyBytes: body.length,
            },
          }
        : { type: 'method', channel, method },
    ),
)

/** Values that are alike however their bodies were cut and whatever class their bytes have. */
export function plain(command: Command): unknown {
  if (command.type !== 'method' || command.content === undefined) return command
  const { properties: props, body, bodyBytes } = command.content
  return { ...command, content: { properties: props, body: Buffer.concat(body), bodyBytes } }
}

export function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter(1)
  write(writer)
  return Buffer.from(writer.result())
}

export function bytesOf(list: readonly Command[], frameMax: number): Buffer {
  return Buffer.concat(list.map((command) => encodeCommand(command, frameMax)))
}
