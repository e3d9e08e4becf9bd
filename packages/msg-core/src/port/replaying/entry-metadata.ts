import { bytesAt } from '../../format/cassette/entry-decode.ts'
import { CodecError } from '../../format/codec-error.ts'
import { decodeMetadata, readUnsettledNote, scanRecord } from '../../format/record/index.ts'
import type { Metadata } from '../index.ts'
import { responseOf } from './answers.ts'
import type { PlayedReplay } from './replay.ts'

/** What the broker said of the delivery of an entry; nothing where the entry does not tell. */
export function metadataOf(replay: PlayedReplay, index: number): Metadata {
  const entry = replay.entry(index)
  if (replay.tape.played(index)?.role === 'unsettled') return readUnsettledNote(responseOf(entry)).metadata
  if (entry.err !== 0) return {}
  try {
    const { ackAt, ackLength } = scanRecord(entry.document, entry.respAt, entry.respAt + entry.respLength)
    return decodeMetadata(bytesAt(entry.document, ackAt, ackLength))
  } catch (error) {
    if (error instanceof CodecError) return {}
    throw error
  }
}
