import { apiKeys, type Fields } from '../protocol/index.ts'
import type { TopicNames } from './topic-names.ts'

/** Errors that hold until the member joins anew: UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, FENCED_INSTANCE_ID. */
const untilJoined = new Set([22, 25, 27, 82])
const rebalanceInProgress = 27

interface MemberError {
  readonly code: number
}

/** One position that a commit names. */
export interface Position {
  readonly group: string
  /** Who commits it; empty for who is no member of the group, as an admin client. */
  readonly member: string
  readonly partition: string
  readonly offset: bigint
}

interface CommitTopic {
  name?: string
  topicId?: string
  partitions: { partitionIndex: number; committedOffset: bigint }[]
}

/** The positions that a commit names, whether it is one of a group or of a transaction. */
export function positionsOf(fields: Fields, names: TopicNames): Position[] {
  const group = fields['groupId'] as string
  const member = (fields['memberId'] as string | undefined) ?? ''
  return (fields['topics'] as unknown as CommitTopic[]).flatMap((topic) =>
    topic.partitions.map(({ partitionIndex, committedOffset }) => ({
      group,
      member,
      partition: `${names.of(topic)}/${partitionIndex}`,
      offset: committedOffset,
    })),
  )
}

/** What the broker knows of groups in this replay: who has to join anew, and what was committed. */
export class GroupState {
  readonly #errors = new Map<string, Map<string, MemberError>>()
  readonly #commitErrors = new Map<string, number>()
  readonly #committed = new Map<string, Map<string, bigint>>()
  /** Positions that wait for the end of their transaction. */
  readonly #transactions = new Map<string, Position[]>()

  /** An answer to a member's heartbeat holds an error; one that only joining heals stays. */
  failed(group: string, member: string, code: number): void {
    if (!untilJoined.has(code)) return
    const members = this.#errors.get(group)
    if (members === undefined) this.#errors.set(group, new Map([[member, { code }]]))
    else members.set(member, { code })
  }

  joins(group: string, member: string): void {
    this.#errors.get(group)?.delete(member)
  }

  /** The error with which a heartbeat is answered, 0 for none. */
  errorOf(group: string, member: string): number {
    return this.#errors.get(group)?.get(member)?.code ?? 0
  }

  /** The next commit of the group fails. */
  commitFails(group: string, code: number): void {
    this.#commitErrors.set(group, code)
  }

  /** Takes a commit, and gives the error with which it is answered, 0 for none. */
  commit(fields: Fields, names: TopicNames): number {
    const group = fields['groupId'] as string
    const once = this.#commitErrors.get(group)
    this.#commitErrors.delete(group)
    // While members are being called together a commit is still taken.
    const lasting = this.errorOf(group, (fields['memberId'] as string | undefined) ?? '')
    const code = once ?? (lasting === rebalanceInProgress ? 0 : lasting)
    if (code === 0) this.#take(positionsOf(fields, names))
    return code
  }

  /** Takes what an asserted call means for committed positions. */
  asserted(apiKey: number, fields: Fields, names: TopicNames): void {
    if (apiKey === apiKeys.JoinGroup) this.joins(fields['groupId'] as string, fields['memberId'] as string)
    else if (apiKey === apiKeys.TxnOffsetCommit) {
      const id = fields['transactionalId'] as string
      this.#transactions.set(id, [...(this.#transactions.get(id) ?? []), ...positionsOf(fields, names)])
    } else if (apiKey === apiKeys.EndTxn) {
      const id = fields['transactionalId'] as string
      if (fields['committed'] === true) this.#take(this.#transactions.get(id) ?? [])
      this.#transactions.delete(id)
    }
  }

  /** The offset committed in this replay, undefined for none. */
  committed(group: string, partition: string): bigint | undefined {
    return this.#committed.get(group)?.get(partition)
  }

  #take(positions: readonly Position[]): void {
    for (const { group, partition, offset } of positions) {
      const known = this.#committed.get(group)
      if (known === undefined) this.#committed.set(group, new Map([[partition, offset]]))
      else known.set(partition, offset)
    }
  }
}
