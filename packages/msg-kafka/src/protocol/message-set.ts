import { ByteReader } from './byte-reader.ts'
import { decompress } from './decompress.ts'
import { ProtocolError } from './protocol-error.ts'
import type { KafkaRecord, RecordBatch } from './records.ts'

/** Offset, size, checksum, magic and attributes of a message. */
const headerBytes = 18
const logAppendTimeBit = 0x08

/** Whether the times of a batch are the broker's, all of them its latest: in the formats 1 and 2 by the same bit. */
export function isLogAppendTime({ attributes }: Pick<RecordBatch, 'attributes'>): boolean {
  return (attributes & logAppendTimeBit) !== 0
}

/**
 * A message of the formats 0 and 1, which brokers before 0.11 and clients that know no better speak, as a batch:
 *
 *     int64 offset | int32 length of what follows | uint32 CRC-32 | int8 magic | int8 attributes
 *     format 1: int64 timestamp
 *     int32 length, key (length -1 for null) | int32 length, value (length -1 for null)
 *
 * A compressed message holds such messages in its value; its offset is that of the last of them, and in format 1 theirs
 * count from the first. Where bit 3 of the attributes is set, its timestamp is the broker's, and that of all in it.
 */
export function readMessage(bytes: Buffer): RecordBatch {
  if (bytes.length < headerBytes) {
    throw new ProtocolError('truncated', `read a message: ${bytes.length} bytes, expected at least ${headerBytes}`)
  }
  const offset = bytes.readBigInt64BE(0)
  const magic = bytes.readInt8(16)
  const attributes = bytes.readInt8(17) & 0x0f
  const timestamp = magic === 1 ? new ByteReader(bytes, headerBytes).int64() : -1n
  const batch: RecordBatch = {
    magic,
    baseOffset: offset,
    lastOffset: offset,
    leaderEpoch: -1,
    attributes,
    baseTimestamp: timestamp,
    maxTimestamp: timestamp,
    producerId: -1n,
    producerEpoch: -1,
    baseSequence: -1,
    count: 1,
    bytes,
    payload: bytes.subarray(headerBytes + (magic === 1 ? 8 : 0)),
  }
  if ((attributes & 7) === 0) return batch
  const records = messageRecords(batch)
  return { ...batch, baseOffset: records[0]?.offset ?? offset, count: records.length }
}

/** The records of such a batch. @throws ProtocolError for messages that are not whole */
export function messageRecords({ attributes, payload, lastOffset, maxTimestamp, magic }: RecordBatch): KafkaRecord[] {
  const reader = new ByteReader(payload)
  const key = readField(reader)
  const value = readField(reader)
  if ((attributes & 7) === 0) return [{ offset: lastOffset, timestamp: maxTimestamp, key, value, headers: [] }]
  const inner = [...readInner(decompress(attributes, value ?? new Uint8Array(0)))]
  const shift = magic === 0 ? 0n : lastOffset - (inner.at(-1)?.offset ?? 0n)
  const isAppendTime = isLogAppendTime({ attributes })
  return inner.map((record) => ({
    ...record,
    offset: record.offset + shift,
    timestamp: isAppendTime ? maxTimestamp : record.timestamp,
  }))
}

function* readInner(set: Uint8Array): Generator<KafkaRecord> {
  const reader = new ByteReader(set)
  while (reader.left > 0) {
    const offset = reader.int64()
    const message = new ByteReader(reader.take(reader.int32()))
    message.take(4)
    const magic = message.int8()
    message.int8()
    const timestamp = magic === 1 ? message.int64() : -1n
    yield { offset, timestamp, key: readField(message), value: readField(message), headers: [] }
  }
}

function readField(reader: ByteReader): Buffer | null {
  const length = reader.int32()
  return length < 0 ? null : reader.take(length)
}
