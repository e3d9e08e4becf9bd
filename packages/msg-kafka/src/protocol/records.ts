import { codecs, compressionOf } from './compression/index.ts'
import { ByteReader } from './byte-reader.ts'
import { ByteWriter } from './byte-writer.ts'
import { crc32c } from './crc32c.ts'
import { decompress } from './decompress.ts'
import { isLogAppendTime, messageRecords, readMessage } from './message-set.ts'
import { ProtocolError } from './protocol-error.ts'

/** One record; bytes are borrowed from the batch, or from what was decompressed of it. */
export interface KafkaRecord {
  readonly offset: bigint
  /** Milliseconds since 1970; -1 where the format has none. */
  readonly timestamp: bigint
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly RecordHeader[]
}

/** A name may repeat, and the order counts. */
export interface RecordHeader {
  readonly key: Uint8Array
  readonly value: Uint8Array | null
}

/**
 * A record batch of format 2:
 *
 *     int64 base offset | int32 length of what follows | int32 leader epoch | int8 magic = 2 | uint32 CRC-32C of what follows
 *     int16 attributes | int32 last offset delta | int64 base timestamp | int64 max timestamp
 *     int64 producer id | int16 producer epoch | int32 base sequence | int32 count | records, compressed together
 *
 * A message of the formats 0 and 1 counts as a batch: of one record, or of those compressed in it.
 */
export interface RecordBatch {
  readonly magic: number
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly leaderEpoch: number
  /** Compression in bits 0 to 2, then: log append time, transactional, control. */
  readonly attributes: number
  readonly baseTimestamp: bigint
  readonly maxTimestamp: bigint
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly count: number
  /** The whole batch as it is on the wire, borrowed. */
  readonly bytes: Buffer
  /** The records as they are on the wire, compressed or not, borrowed. */
  readonly payload: Buffer
}

/** Bytes before the field that the length counts from, and before the records. */
const lengthEnd = 12
const headerBytes = 61

const transactionalBit = 0x10
const controlBit = 0x20

/** Whether the batch is a mark of the broker (end of a transaction) and no record of a program. */
export function isControl({ attributes }: Pick<RecordBatch, 'attributes'>): boolean {
  return (attributes & controlBit) !== 0
}

export function isTransactional({ attributes }: Pick<RecordBatch, 'attributes'>): boolean {
  return (attributes & transactionalBit) !== 0
}

/**
 * The batches of a `records` field, their records not yet decompressed. A batch that is cut at the end, as brokers send it,
 * is left out.
 *
 * @throws ProtocolError for a format above 2 or lengths that cannot be
 */
export function* readBatches(records: Uint8Array): Generator<RecordBatch> {
  const bytes = Buffer.from(records.buffer, records.byteOffset, records.byteLength)
  for (let at = 0; at + 17 <= bytes.length;) {
    const length = bytes.readInt32BE(at + 8)
    if (length < 0)
      throw new ProtocolError('invalid', `read a record batch at byte ${at}: length ${length} is negative`)
    const end = at + lengthEnd + length
    if (end > bytes.length) return
    const magic = bytes.readInt8(at + 16)
    const batch = bytes.subarray(at, end)
    if (magic === 2) yield readBatch(batch)
    else if (magic === 0 || magic === 1) yield readMessage(batch)
    else throw new ProtocolError('unsupported', `read a record batch at byte ${at}: format ${magic} is not known`)
    at = end
  }
}

function readBatch(bytes: Buffer): RecordBatch {
  if (bytes.length < headerBytes) {
    throw new ProtocolError('truncated', `read a record batch: ${bytes.length} bytes, expected at least ${headerBytes}`)
  }
  const baseOffset = bytes.readBigInt64BE(0)
  return {
    magic: 2,
    baseOffset,
    lastOffset: baseOffset + BigInt(bytes.readInt32BE(23)),
    leaderEpoch: bytes.readInt32BE(12),
    attributes: bytes.readInt16BE(21),
    baseTimestamp: bytes.readBigInt64BE(27),
    maxTimestamp: bytes.readBigInt64BE(35),
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    count: bytes.readInt32BE(57),
    bytes,
    payload: bytes.subarray(headerBytes),
  }
}

/** Whether the checksum of a batch of format 2 is right. */
export function checksumHolds(batch: RecordBatch): boolean {
  return batch.magic !== 2 || batch.bytes.readUInt32BE(17) === crc32c(batch.bytes.subarray(21))
}

/** The records of a batch. @throws ProtocolError for records that are not whole; DriverError for compressed bytes that are damaged */
export function readRecords(batch: RecordBatch): KafkaRecord[] {
  return batch.magic === 2 ? readV2(batch) : messageRecords(batch)
}

function readV2(batch: RecordBatch): KafkaRecord[] {
  const reader = new ByteReader(decompress(batch.attributes, batch.payload))
  const { count, baseOffset, baseTimestamp } = batch
  // A record takes at least seven bytes.
  if (count < 0 || count > reader.left) {
    throw new ProtocolError('invalid', `read a record batch: ${count} records in ${reader.left} bytes`)
  }
  const appendTime = isLogAppendTime(batch)
  const records: KafkaRecord[] = []
  for (let nth = 0; nth < count; nth++) {
    const end = reader.varint() + reader.at
    reader.int8()
    const timestamp = appendTime ? (reader.varlong(), batch.maxTimestamp) : baseTimestamp + reader.varlong()
    const offset = baseOffset + BigInt(reader.varint())
    const key = readField(reader)
    const value = readField(reader)
    const headers: RecordHeader[] = []
    const headerCount = reader.varint()
    for (let one = 0; one < headerCount; one++) {
      headers.push({ key: readField(reader) ?? new Uint8Array(0), value: readField(reader) })
    }
    if (reader.at !== end) {
      throw new ProtocolError('invalid', `read record ${nth} of a batch: it ends at byte ${reader.at}, expected ${end}`)
    }
    records.push({ offset, timestamp, key, value, headers })
  }
  return records
}

function readField(reader: ByteReader): Buffer | null {
  const length = reader.varint()
  return length < 0 ? null : reader.take(length)
}

/**
 * A batch of format 2 with other records: header, compression and offsets as they were, length and checksum anew. The bytes
 * are another's only where the records or the compressor are.
 */
export function encodeBatch(batch: RecordBatch, records: readonly KafkaRecord[]): Buffer {
  const body = new ByteWriter(1024)
  for (const { offset, timestamp, key, value, headers } of records) {
    const one = new ByteWriter(128)
    one.int8(0)
    one.varlong(isLogAppendTime(batch) ? 0n : timestamp - batch.baseTimestamp)
    one.varint(Number(offset - batch.baseOffset))
    writeField(one, key)
    writeField(one, value)
    one.varint(headers.length)
    for (const header of headers) {
      writeField(one, header.key)
      writeField(one, header.value)
    }
    body.varint(one.length)
    body.raw(one.finish())
  }
  const name = compressionOf(batch.attributes) ?? 'none'
  const payload = name === 'none' ? body.finish() : codecs[name].compress(body.finish())
  const writer = new ByteWriter(headerBytes + payload.length)
  writer.int64(batch.baseOffset)
  writer.int32(headerBytes - lengthEnd + payload.length)
  writer.int32(batch.leaderEpoch)
  writer.int8(2)
  writer.uint32(0)
  writer.int16(batch.attributes)
  writer.int32(Number(batch.lastOffset - batch.baseOffset))
  writer.int64(batch.baseTimestamp)
  writer.int64(batch.maxTimestamp)
  writer.int64(batch.producerId)
  writer.int16(batch.producerEpoch)
  writer.int32(batch.baseSequence)
  writer.int32(records.length)
  writer.raw(payload)
  const bytes = writer.finish()
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

function writeField(writer: ByteWriter, bytes: Uint8Array | null): void {
  if (bytes === null) {
    writer.varint(-1)
    return
  }
  writer.varint(bytes.length)
  writer.raw(bytes)
}
