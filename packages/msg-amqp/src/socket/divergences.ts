import type { Divergence } from '@x07-lab/msg-core'
import type { ToldDivergence } from '@x07-lab/msg-core/driver'
import type { LaneDifference } from '@x07-lab/msg-core/playback'
import { commandDifferences, commandText } from './describe.ts'
import { deliveryTag, settleText } from './matching.ts'
import { ops } from './ops.ts'
import type { ChannelCommand, StoredCommand } from './stored.ts'
import type { AmqpTape } from './tape.ts'

/** How many divergences of one lane are told at the moment; those that follow are mostly the same one again. */
const toldOfLane = 3

/** Entries that are listed of those that were left out. */
const listedEntries = 5

/** What a player found, in words, each told at its moment. */
export class Divergences {
  readonly #tape: AmqpTape
  readonly #diverged: (divergence: Divergence, text: string) => void
  /** Those that no lane of the engine tells of. */
  readonly #own: ToldDivergence[] = []
  readonly #told = new Map<number, number>()

  constructor(tape: AmqpTape, diverged: (divergence: Divergence, text: string) => void) {
    this.#tape = tape
    this.#diverged = diverged
  }

  /** A connection that the recording does not have. */
  dialledMore(place: string, recorded: number): void {
    const text = `a connection to ${place} more than the ${recorded} recorded`
    this.#tell({ kind: 'extra', op: ops.dial, key: `amqp#${recorded + 1}`, recorded }, text)
  }

  notUnderstood(connection: number, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    const key = `amqp#${connection}`
    this.#tell({ kind: 'extra', op: ops.client, key, recorded: 0 }, `${key}: the client sends what is not AMQP: ${why}`)
  }

  /** A call that the recording does not have at all. */
  notRecorded(connection: number, command: ChannelCommand): void {
    const key = `amqp#${connection}/${command.channel}`
    const text = `${key}: ${commandText(command)} was not recorded here`
    this.#tell({ kind: 'extra', op: ops.client, key, recorded: 0 }, text)
  }

  /** One more of its lane than was recorded. */
  oneMore(lane: number, connection: number, command: ChannelCommand): void {
    const key = `amqp#${connection}/${command.channel}`
    this.#tellOfLane(lane, () => [
      { kind: 'extra', op: ops.client, key, recorded: 0 },
      `${key}: ${commandText(command)} is one more than was recorded`,
    ])
  }

  /** It is this entry, and others were to come before it. */
  cameEarly(lane: number, entry: number, command: StoredCommand, leftOut: readonly number[]): void {
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    const before = leftOut.length === 0 ? 'what was recorded before it' : this.#listed(leftOut)
    this.#tellOfLane(lane, () => [
      { kind: 'changed', op, key, entry, differences: [], sameAs: entry },
      `${key}: ${commandText(command)} is entry ${entry}, which was not next: ${before} was left out`,
    ])
  }

  /** It came before the confirm that it was recorded after. */
  didNotWait(entry: number, command: StoredCommand, confirm: number): void {
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    this.#tell(
      { kind: 'moved', op, key, entry, before: confirm },
      `${key}: ${commandText(command)} is entry ${entry}, and came before the confirm of entry ${confirm}, for which the recorded program waited`,
    )
  }

  /** A channel or connection is closed, and what was done on it before cannot come any more. */
  closedWithout(entry: number, command: StoredCommand, leftOut: readonly number[]): void {
    const [first = entry] = leftOut
    const [op, key] = [this.#tape.op(first), this.#tape.key(first)]
    this.#diverged(
      { kind: 'unused', op, key, entry: first, count: leftOut.length },
      `${key}: ${commandText(command)} of entry ${entry} came without ${this.#listed(leftOut)}, recorded before it`,
    )
  }

  #listed(entries: readonly number[]): string {
    const shown = entries.slice(0, listedEntries).map((entry) => `${this.textOf(entry)} (entry ${entry})`)
    const more = entries.length > shown.length ? ` and ${entries.length - shown.length} more` : ''
    return `${shown.join(', ')}${more}`
  }

  /** It takes the place of this entry. */
  differs(lane: number, entry: number, command: StoredCommand): void {
    this.#tellOfLane(lane, () => this.#changed(entry, command))
  }

  /** Settles are found by their tag; whether it was an ack, and of how many, is compared here. */
  compareSettle(entry: number, recorded: StoredCommand, command: StoredCommand): void {
    if (recorded.method.equals(command.method)) return
    const [was, is] = [settleText(recorded), settleText(command)]
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    this.#tell(
      { kind: 'settled_differently', op, key, entry, recorded: was, now: is },
      `${key}: delivery ${deliveryTag(recorded)} was settled with ${was} in entry ${entry}, is settled with ${is}`,
    )
  }

  /** All of a run, with what the lanes of the engine came to. */
  all(differences: readonly LaneDifference<StoredCommand>[]): ToldDivergence[] {
    return [...this.#own, ...differences.map((difference) => this.#ofLane(difference))]
  }

  textOf(entry: number): string {
    const role = this.#tape.role(entry)?.role
    return role === 'dial' ? 'a connection' : commandText(this.#tape.command(entry))
  }

  #changed(entry: number, command: StoredCommand | undefined): [Divergence, string] {
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    const recorded = this.#tape.command(entry)
    const differences = command === undefined ? [] : commandDifferences(recorded, command)
    const fields = differences.map(({ field, recorded: was, now }) => `${field} was ${was}, is ${now}`).join('; ')
    return [
      { kind: 'changed', op, key, entry, differences },
      `${key}: ${commandText(recorded)} differs from entry ${entry}: ${fields}`,
    ]
  }

  #ofLane(difference: LaneDifference<StoredCommand>): ToldDivergence {
    switch (difference.kind) {
      case 'changed': {
        const [divergence, text] = this.#changed(difference.event.entry, difference.act)
        return { ...divergence, text }
      }
      case 'extra': {
        const before = difference.before?.entry
        const what = difference.act === undefined ? 'a command' : commandText(difference.act)
        const where = before === undefined ? 'after the last one recorded' : `before entry ${before}`
        const key = before === undefined ? 'amqp' : this.#tape.key(before)
        return { kind: 'extra', op: ops.client, key, recorded: 0, text: `${key}: ${what} was not recorded, ${where}` }
      }
      case 'missing': {
        const { entry } = difference.event
        const [op, key, { count }] = [this.#tape.op(entry), this.#tape.key(entry), difference]
        const text = `${key}: ${this.textOf(entry)} of entry ${entry}${count > 1 ? ` and ${count - 1} more like it` : ''} was recorded and not done`
        return { kind: 'unused', op, key, entry, count, text }
      }
      case 'moved': {
        const { entry } = difference.event
        const [op, key, before] = [this.#tape.op(entry), this.#tape.key(entry), difference.before?.entry]
        const where = before === undefined ? 'at the end' : `before entry ${before}`
        const text = `${key}: ${this.textOf(entry)} of entry ${entry} was done at another place, ${where}`
        return { kind: 'changed', op, key, entry, differences: [], sameAs: entry, text }
      }
    }
  }

  #tellOfLane(lane: number, what: () => [Divergence, string]): void {
    const told = (this.#told.get(lane) ?? 0) + 1
    this.#told.set(lane, told)
    if (told <= toldOfLane) this.#diverged(...what())
  }

  #tell(divergence: Divergence, text: string): void {
    this.#own.push({ ...divergence, text })
    this.#diverged(divergence, text)
  }
}
