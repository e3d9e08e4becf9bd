import { apiKeys, apiName, decodeBody, type Fields } from '../protocol/index.ts'
import type { Divergences } from './divergences.ts'
import { positionsOf } from './group-state.ts'
import { ops } from './ops.ts'
import { errorOfCommit, type KafkaTape } from './tape.ts'

const prefix = `${apiName(apiKeys.OffsetCommit)}/`

/** How often a group commits depends on time; what has to come again is the last position of each of its partitions. */
export class CommitCheck {
  readonly #tape: KafkaTape
  readonly #found: Divergences
  /** Last positions committed now, by group and `topic/partition`. */
  readonly #commits = new Map<string, Map<string, bigint>>()

  constructor(tape: KafkaTape, found: Divergences) {
    this.#tape = tape
    this.#found = found
  }

  /** A commit that the broker took. */
  committed(fields: Fields): void {
    for (const { group, partition, offset } of positionsOf(fields, this.#tape.names)) {
      const known = this.#commits.get(group)
      if (known === undefined) this.#commits.set(group, new Map([[partition, offset]]))
      else known.set(partition, offset)
    }
  }

  /** Compares the positions of all groups. */
  compareAll(): void {
    const groups = new Set(this.#commits.keys())
    for (const key of this.#tape.callLanes.keys()) if (key.startsWith(prefix)) groups.add(key.slice(prefix.length))
    for (const group of groups) this.compare(group)
  }

  /**
   * Compares the positions of a group.
   *
   * @param before a recorded farewell of the group: positions that were committed after it are left for later
   */
  compare(group: string, before = Infinity): void {
    const recorded = this.#recorded(group)
    const commits = this.#commits.get(group) ?? new Map<string, bigint>()
    for (const partition of new Set([...recorded.keys(), ...commits.keys()])) {
      const was = recorded.get(partition)
      const now = commits.get(partition)
      if (was?.offset !== now && (was?.entry ?? 0) <= before) this.#differs(group, partition, was, now)
    }
  }

  #recorded(group: string): Map<string, { entry: number; offset: bigint }> {
    const lane = this.#tape.callLanes.get(`${prefix}${group}`)
    const recorded = new Map<string, { entry: number; offset: bigint }>()
    for (const entry of lane === undefined ? [] : this.#tape.entries(lane)) {
      if (this.#failed(entry)) continue
      const { apiKey, version, body } = this.#tape.call(entry)
      const fields = decodeBody(apiKey, version, 'request', body)
      for (const { partition, offset } of positionsOf(fields, this.#tape.names))
        recorded.set(partition, { entry, offset })
    }
    return recorded
  }

  #failed(call: number): boolean {
    const reply = this.#tape.replyTo(call)
    if (reply === undefined) return true
    const { apiKey, version } = this.#tape.call(call)
    return errorOfCommit(decodeBody(apiKey, version, 'response', this.#tape.entry(reply).resp)) !== 0
  }

  #differs(
    group: string,
    partition: string,
    was: { entry: number; offset: bigint } | undefined,
    now: bigint | undefined,
  ): void {
    const key = `${prefix}${group}`
    const name = `commit ${group} ${partition}`
    if (was === undefined) {
      const text = `${key}: the last position of ${partition} is ${now}, and the recording has none`
      this.#found.tell({ kind: 'extra', op: ops.call, key, recorded: 0 }, name, text)
      return
    }
    const differences = [
      { field: `offset/${partition}`, recorded: String(was.offset), now: now === undefined ? '(absent)' : String(now) },
    ]
    const text = `${key}: the last position of ${partition} was ${was.offset} (entry ${was.entry}), ${now === undefined ? 'and now there is none' : `is ${now}`}`
    this.#found.tell({ kind: 'changed', op: ops.call, key, entry: was.entry, differences }, name, text)
  }
}
