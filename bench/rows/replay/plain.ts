import { readFileSync } from 'node:fs'
import { Processing } from '../../work/processing.ts'

/**
 * Goes through a cassette with a loop made for this very work: every frame is decoded, every delivered message processed.
 * Nothing is checked that the work does not need, and the file is read at once.
 */
export function plainReplay(path: string): Processing {
  const file = readFileSync(path)
  const processing = new Processing()
  let at = 0
  while (at < file.length) {
    const length = file.readUInt32LE(at)
    const entry = decodeDocument(file.subarray(at + 4, at + 4 + length))
    at += 4 + length
    if (entry.get('op')?.toString() === 'std.msg.amqp.consume_env_v1') {
      const { key, value } = decodeEnvelope(envelopeOf(entry.get('resp') ?? Buffer.alloc(0)))
      processing.add(key, value)
    }
  }
  return processing
}

function decodeDocument(document: Buffer): Map<string, Buffer> {
  const fields = new Map<string, Buffer>()
  const count = document.readUInt32LE(2)
  let at = 6
  for (let index = 0; index < count; index++) {
    const nameEnd = at + 4 + document.readUInt32LE(at)
    const name = document.toString('latin1', at + 4, nameEnd)
    // One byte of kind, then length and bytes, for strings and numbers alike.
    const end = nameEnd + 5 + document.readUInt32LE(nameEnd + 1)
    fields.set(name, document.subarray(nameEnd + 5, end))
    at = end
  }
  return fields
}

/** The envelope in a message record. */
function envelopeOf(record: Buffer): Buffer {
  const endpointEnd = 24 + record.readUInt32LE(20)
  return record.subarray(endpointEnd + 4, endpointEnd + 4 + record.readUInt32LE(endpointEnd))
}

function decodeEnvelope(envelope: Buffer): { key: Buffer; value: Buffer } {
  const topicEnd = 16 + envelope.readUInt32LE(12)
  const keyEnd = topicEnd + 4 + envelope.readUInt32LE(topicEnd)
  const valueEnd = keyEnd + 4 + envelope.readUInt32LE(keyEnd)
  return { key: envelope.subarray(topicEnd + 4, keyEnd), value: envelope.subarray(keyEnd + 4, valueEnd) }
}
