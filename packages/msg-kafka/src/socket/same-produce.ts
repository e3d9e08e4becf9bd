import { apiKeys, decodeBody, isKnown, readBatches, type Fields, type RecordBatch } from '../protocol/index.ts'
import type { StoredCall } from './ops.ts'

interface Produced {
  readonly acks: number
  readonly transactionalId: string | null
  readonly topicData: readonly {
    readonly name?: string
    readonly topicId?: string
    readonly partitionData: readonly { readonly index: number; readonly records: Uint8Array | null }[]
  }[]
}

/**
 * Whether two calls of Produce are the same to the byte, but for times, sequence numbers and what follows from them. A program
 * that does what it did mostly says the very same, and then no record has to be decoded.
 */
export function isSameProduce(recorded: StoredCall, now: StoredCall): boolean {
  const { apiKey, version } = now
  if (apiKey !== apiKeys.Produce || recorded.apiKey !== apiKey || recorded.version !== version) return false
  if (recorded.body.length !== now.body.length || !isKnown(apiKey, version)) return false
  const [a, b] = [read(recorded), read(now)]
  return (
    a.acks === b.acks &&
    a.transactionalId === b.transactionalId &&
    a.topicData.length === b.topicData.length &&
    a.topicData.every(({ name, topicId, partitionData }, at) => {
      const other = b.topicData[at]!
      return (
        name === other.name &&
        topicId === other.topicId &&
        partitionData.length === other.partitionData.length &&
        partitionData.every(({ index, records }, place) => {
          const partition = other.partitionData[place]!
          return index === partition.index && hasSameRecords(records, partition.records)
        })
      )
    })
  )
}

function read({ apiKey, version, body }: StoredCall): Produced {
  const fields: Fields = decodeBody(apiKey, version, 'request', body)
  return fields as unknown as Produced
}

function hasSameRecords(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b
  const [left, right] = [[...readBatches(a)], [...readBatches(b)]]
  return left.length === right.length && left.every((batch, at) => isSameBatch(batch, right[at]!))
}

/** Of the older formats a message carries its time with it: they are compared as records. */
function isSameBatch(a: RecordBatch, b: RecordBatch): boolean {
  return (
    a.magic === 2 &&
    b.magic === 2 &&
    a.attributes === b.attributes &&
    a.count === b.count &&
    a.lastOffset - a.baseOffset === b.lastOffset - b.baseOffset &&
    a.payload.equals(b.payload)
  )
}
