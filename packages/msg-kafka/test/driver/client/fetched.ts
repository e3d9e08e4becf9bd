import { crc32c, encodeBody, type Fields } from '../../../src/protocol/index.ts'
import { readFetchAnswer, type FetchedMessage } from '../../../src/driver/client/fetch-answer.ts'

/** What a batch of format 2 says of itself; the rest is zero. */
export interface BatchHead {
  readonly baseOffset?: bigint
  /** Default the records' own. */
  readonly lastOffset?: bigint
  readonly attributes?: number
  readonly producerId?: bigint
  readonly count?: number
}

export const transactional = 0x10
export const control = 0x20

/** A batch with these records, as a broker sends it. */
export function batchOf(payload: Buffer, head: BatchHead = {}): Buffer {
  const { baseOffset = 0n, count = 1, attributes = 0, producerId = -1n } = head
  const { lastOffset = baseOffset + BigInt(count - 1) } = head
  const bytes = Buffer.alloc(61 + payload.length)
  bytes.writeBigInt64BE(baseOffset, 0)
  bytes.writeInt32BE(49 + payload.length, 8)
  bytes[16] = 2
  bytes.writeInt16BE(attributes, 21)
  bytes.writeInt32BE(Number(lastOffset - baseOffset), 23)
  bytes.writeBigInt64BE(producerId, 43)
  bytes.writeInt32BE(count, 57)
  payload.copy(bytes, 61)
  bytes.writeUInt32BE(crc32c(bytes.subarray(21)), 17)
  return bytes
}

/** The answer to a fetch of one partition. */
export function answerOf(version: number, records: Buffer, aborted: readonly Fields[] = []): Buffer {
  const partition = {
    partitionIndex: 2,
    errorCode: 0,
    highWatermark: 100n,
    lastStableOffset: 90n,
    logStartOffset: 1n,
    abortedTransactions: [...aborted],
    preferredReadReplica: -1,
    records,
  }
  const body = {
    throttleTimeMs: 7,
    errorCode: 0,
    sessionId: 5,
    responses: [{ topic: 'orders', partitions: [partition] }],
  }
  return encodeBody(1, version, 'response', body)
}

/** The messages of an answer that holds these batches. */
export async function fetched(records: Buffer, aborted: readonly Fields[] = []): Promise<readonly FetchedMessage[]> {
  const answer = await readFetchAnswer(11, answerOf(11, records, aborted))
  return answer.responses[0]?.partitions[0]?.messages ?? []
}
