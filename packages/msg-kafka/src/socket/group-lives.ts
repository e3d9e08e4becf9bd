import { apiKeys, apiName, decodeBody, isKnown } from '../protocol/index.ts'
import { ops } from './ops.ts'
import type { KafkaTape } from './tape.ts'

const join = apiName(apiKeys.JoinGroup)
const leave = apiName(apiKeys.LeaveGroup)

/**
 * The lives of a recorded group: from its first member to the farewell of its last one. A group may live several times in one
 * program: a consumer reads, and later an admin client joins it and sets its positions.
 */
export class GroupLives {
  /** By member id. */
  readonly #lives = new Map<string, number>()
  /** By the LeaveGroup that ends them. */
  readonly #ends = new Map<number, number>()

  constructor(tape: KafkaTape, group: string) {
    const joins = [...tape.entriesOf(ops.reply, `${join}/${group}`)].map((entry) => ({ entry, isJoin: true }))
    const leaves = [...tape.entriesOf(ops.call, `${leave}/${group}`)].map((entry) => ({ entry, isJoin: false }))
    const here = new Set<string>()
    let life = 0
    for (const { entry, isJoin } of [...joins, ...leaves].toSorted((a, b) => a.entry - b.entry)) {
      if (isJoin) {
        const member = joined(tape, entry)
        if (member === undefined) continue
        here.add(member)
        this.#lives.set(member, life)
      } else if (here.size > 0) {
        for (const member of leaving(tape, entry)) here.delete(member)
        if (here.size === 0) this.#ends.set(entry, life++)
      }
    }
  }

  /** The life of the group in which somebody commits; undefined for who is no member of it, as an admin client. */
  of(member: string): number | undefined {
    return this.#lives.get(member)
  }

  /** The life that ends with this LeaveGroup; undefined where others stay. */
  endingWith(entry: number): number | undefined {
    return this.#ends.get(entry)
  }
}

/** Who was taken into the group by this answer. */
function joined(tape: KafkaTape, reply: number): string | undefined {
  const call = tape.callOf(reply)
  if (call === undefined) return undefined
  const { apiKey, version } = tape.call(call)
  if (!isKnown(apiKey, version)) return undefined
  const { errorCode, memberId } = decodeBody(apiKey, version, 'response', tape.entry(reply).resp)
  return errorCode === 0 ? (memberId as string) : undefined
}

function leaving(tape: KafkaTape, call: number): string[] {
  const { apiKey, version, body } = tape.call(call)
  if (!isKnown(apiKey, version)) return []
  const { members, memberId } = decodeBody(apiKey, version, 'request', body)
  return (members as { memberId: string }[] | undefined)?.map((one) => one.memberId) ?? [memberId as string]
}
