import type { Message } from '@x07-lab/msg-core'
import { json, type Reading } from './reading.ts'

/**
 * The framing of Confluent's serializers: a zero byte, the schema id in 32 bits, big-endian, then the data. In front of Protobuf
 * data stands the path of the message type in its file: a count and indexes as zigzag varints, a single zero for the first.
 * Which of Avro, Protobuf and JSON Schema it is, only the registry knows; what is JSON is told as JSON.
 */
export function confluent({ value }: Message): Reading | undefined {
  if (value === null || value.length < 6 || value[0] !== 0) return undefined
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength)
  const id = view.getUint32(1)
  // Registries number their schemas from 1, and none has come to a hundred million.
  if (id === 0 || id > 100_000_000) return undefined
  const data = value.subarray(5)
  const isJson = json(data) !== undefined
  const path = isJson ? undefined : protobufPath(data)
  return {
    form: 'Confluent framing',
    fields: [
      ['schema id', id],
      ['data', isJson ? 'JSON' : `${data.length} bytes, Avro or Protobuf`],
      ...(path === undefined ? [] : [['Protobuf message index, if it is Protobuf', path.join('.')] as const]),
    ],
    ...(isJson ? { inner: data } : {}),
  }
}

/** More types within types than any file has. */
const maxPath = 8

function protobufPath(data: Uint8Array): readonly number[] | undefined {
  let at = 0
  const next = (): number | undefined => {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = data[at++]
      if (byte === undefined) return undefined
      value |= (byte & 0x7f) << shift
      if ((byte & 0x80) === 0) return (value >>> 1) ^ -(value & 1)
    }
    return undefined
  }
  const count = next()
  if (count === undefined || count < 0 || count > maxPath) return undefined
  if (count === 0) return [0]
  const path: number[] = []
  for (let index = 0; index < count; index++) {
    const step = next()
    if (step === undefined || step < 0) return undefined
    path.push(step)
  }
  return path
}
