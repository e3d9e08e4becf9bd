import { apiKeys, apiName, decodeBody, type Fields } from '../protocol/index.ts'
import type { Divergences } from './divergences.ts'
import { GroupLives } from './group-lives.ts'
import { positionsOf, type Position } from './group-state.ts'
import { ops } from './ops.ts'
import { errorOfCommit, type KafkaTape } from './tape.ts'

const prefix = `${apiName(apiKeys.OffsetCommit)}/`

/** A position of one life of a group. */
interface LivedPosition extends Position {
  readonly life: number | undefined
}

interface RecordedPosition extends LivedPosition {
  readonly entry: number
}

/**
 * How often a group commits depends on time; what has to come again is the last position of each of its partitions, in each life of the
 * group for itself: an admin client may set a group back which has left.
 */
export class CommitCheck {
  readonly #tape: KafkaTape
  readonly #found: Divergences
  readonly #lives = new Map<string, GroupLives>()
  /** Last positions committed now, by group and {@link nameOf}. */
  readonly #commits = new Map<string, Map<string, LivedPosition>>()

  constructor(tape: KafkaTape, found: Divergences) {
    this.#tape = tape
    this.#found = found
  }

  /** A commit that the broker took. */
  committed(fields: Fields): void {
    for (const position of this.#positions(fields)) {
      const known = this.#commits.get(position.group)
      if (known === undefined) this.#commits.set(position.group, new Map([[nameOf(position), position]]))
      else known.set(nameOf(position), position)
    }
  }

  /** A member leaves its group, as it did in this entry: where it was the last one, the positions are what they will be. */
  left(group: string, entry: number): void {
    const life = this.#livesOf(group).endingWith(entry)
    if (life !== undefined) this.#compare(group, (one) => one.life === life && one.entry <= entry)
  }

  /** Compares the positions of all groups. */
  compareAll(): void {
    const groups = new Set(this.#commits.keys())
    for (const key of this.#tape.callLanes.keys()) if (key.startsWith(prefix)) groups.add(key.slice(prefix.length))
    for (const group of groups) this.#compare(group, () => true)
  }

  #compare(group: string, isMeant: (position: RecordedPosition) => boolean): void {
    const recorded = this.#recorded(group)
    const commits = this.#commits.get(group) ?? new Map<string, LivedPosition>()
    for (const name of new Set([...recorded.keys(), ...commits.keys()])) {
      const was = recorded.get(name)
      const now = commits.get(name)
      const one = was ?? (now && { ...now, entry: 0 })
      if (was?.offset !== now?.offset && one !== undefined && isMeant(one)) this.#differs(was, now)
    }
  }

  #recorded(group: string): Map<string, RecordedPosition> {
    const lane = this.#tape.callLanes.get(`${prefix}${group}`)
    const recorded = new Map<string, RecordedPosition>()
    for (const entry of lane === undefined ? [] : this.#tape.entries(lane)) {
      if (this.#failed(entry)) continue
      const { apiKey, version, body } = this.#tape.call(entry)
      const fields = decodeBody(apiKey, version, 'request', body)
      for (const position of this.#positions(fields)) recorded.set(nameOf(position), { ...position, entry })
    }
    return recorded
  }

  #positions(fields: Fields): LivedPosition[] {
    return positionsOf(fields, this.#tape.names).map((position) => ({
      ...position,
      life: this.#livesOf(position.group).of(position.member),
    }))
  }

  #livesOf(group: string): GroupLives {
    let lives = this.#lives.get(group)
    if (lives === undefined) this.#lives.set(group, (lives = new GroupLives(this.#tape, group)))
    return lives
  }

  #failed(call: number): boolean {
    const reply = this.#tape.replyTo(call)
    if (reply === undefined) return true
    const { apiKey, version } = this.#tape.call(call)
    return errorOfCommit(decodeBody(apiKey, version, 'response', this.#tape.entry(reply).resp)) !== 0
  }

  #differs(was: RecordedPosition | undefined, now: LivedPosition | undefined): void {
    const { group = '', partition = '', life } = was ?? now ?? {}
    const key = `${prefix}${group}`
    const name = `commit ${group} ${life} ${partition}`
    if (was === undefined) {
      const text = `${key}: the last position of ${partition} is ${now?.offset}, and the recording has none`
      this.#found.tell({ kind: 'extra', op: ops.call, key, recorded: 0 }, name, text)
      return
    }
    const [recorded, is] = [String(was.offset), now === undefined ? '(absent)' : String(now.offset)]
    const differences = [{ field: `offset/${partition}`, recorded, now: is }]
    const text = `${key}: the last position of ${partition} was ${recorded} (entry ${was.entry}), ${now === undefined ? 'and now there is none' : `is ${is}`}`
    this.#found.tell({ kind: 'changed', op: ops.call, key, entry: was.entry, differences }, name, text)
  }
}

/** What a position is of. */
function nameOf({ partition, life }: LivedPosition): string {
  return `${life} ${partition}`
}
