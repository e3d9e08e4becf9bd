import type { PlaybackEvent } from '@x07-lab/msg-core/playback'
import { decodeBody, isKnown } from '../protocol/index.ts'
import type { KafkaTape } from './tape.ts'

/** What of a recorded run has not happened. */
interface Undone {
  undoneBefore(entry: number): Iterable<PlaybackEvent>
}

/**
 * The recorded calls of a transaction that were answered before this end of it, and have not been made: a producer ends a
 * transaction when all that is in it has been answered.
 */
export function leftOutOfTransaction(tape: KafkaTape, undone: Undone, end: number): PlaybackEvent[] {
  const id = transactionOf(tape, end)
  return [...undone.undoneBefore(end)].filter(({ entry }) => {
    const answer = tape.replyTo(entry)
    return answer !== undefined && answer < end && transactionOf(tape, entry) === id
  })
}

/** The transactional id that a call names, undefined for none. */
function transactionOf(tape: KafkaTape, call: number): string | undefined {
  const { apiKey, version, body } = tape.call(call)
  if (!isKnown(apiKey, version)) return undefined
  const fields = decodeBody(apiKey, version, 'request', body)
  const id = fields['transactionalId'] ?? fields['v3AndBelowTransactionalId']
  return typeof id === 'string' ? id : undefined
}
