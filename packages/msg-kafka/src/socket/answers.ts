import { apiName, decodeBody, encodeBody, type RequestFrame } from '../protocol/index.ts'
import type { GroupState } from './group-state.ts'
import type { PlayedConnection, Slot } from './played-connection.ts'
import { classOf } from './request-class.ts'
import { errorOfCommit, type KafkaTape } from './tape.ts'
import type { TokenBindings } from './token-bind.ts'

/** An asserted call that waits for its answer. */
export interface Pending {
  readonly connection: PlayedConnection
  readonly request: RequestFrame
  readonly slot: Slot
}

/** Recorded answers, and the calls that wait for them. */
export class Answers {
  readonly #tape: KafkaTape
  readonly #bindings: TokenBindings
  readonly #groups: GroupState
  /** By entry of the call. */
  readonly #pending = new Map<number, Pending>()
  /** Requests of these keys break their connection when they come next. */
  readonly #breakNext = new Map<string, string>()

  constructor(tape: KafkaTape, bindings: TokenBindings, groups: GroupState) {
    this.#tape = tape
    this.#bindings = bindings
    this.#groups = groups
  }

  /** Calls that wait. */
  get waiting(): number {
    return this.#pending.size
  }

  /** A call waits from now on. */
  wait(call: number, pending: Pending): void {
    this.#pending.set(call, pending)
  }

  /** A call whose answer may have been given before. */
  again(call: number, pending: Pending): void {
    const reply = this.#tape.replyTo(call)
    if (reply !== undefined) this.#answer(call, reply, pending)
  }

  /** The turn of an answer has come: `skipped` where nobody waits for it. */
  give(reply: number): 'given' | 'skipped' {
    const call = this.#tape.callOf(reply)
    if (call === undefined) return 'skipped'
    const { apiKey, version } = this.#tape.call(call)
    if (classOf(apiKey) === 'commit') {
      const group = this.#tape.lane(call).key.slice(apiName(apiKey).length + 1)
      this.#groups.commitFails(
        group,
        errorOfCommit(decodeBody(apiKey, version, 'response', this.#tape.entry(reply).resp)),
      )
      return 'skipped'
    }
    const pending = this.#pending.get(call)
    if (pending === undefined) return 'skipped'
    this.#pending.delete(call)
    this.#answer(call, reply, pending)
    return 'given'
  }

  /** The connection of a call without an answer ends here, or when a query of this key comes next. */
  end(entry: number, key: string, failure: string): 'given' | 'skipped' {
    const call = this.#tape.callOf(entry)
    if (call === undefined) {
      this.#breakNext.set(key, failure)
      return 'skipped'
    }
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    pending?.connection.breakOff(failure)
    return pending === undefined ? 'skipped' : 'given'
  }

  /** How the connection of a request of this key breaks instead of an answer, once; undefined where it does not. */
  takeBreak(key: string): string | undefined {
    const failure = this.#breakNext.get(key)
    this.#breakNext.delete(key)
    return failure
  }

  gone(connection: PlayedConnection): void {
    for (const [call, pending] of this.#pending) if (pending.connection === connection) this.#pending.delete(call)
  }

  /** The recorded answer to the first call that waits for one; undefined where none has any. */
  first(): number | undefined {
    for (const call of [...this.#pending.keys()].toSorted((a, b) => a - b)) {
      const reply = this.#tape.replyTo(call)
      if (reply !== undefined) return reply
    }
    return undefined
  }

  /** A recorded answer in the version that is asked for now, with the names of now. */
  transcode(apiKey: number, from: number, to: number, body: Uint8Array): Uint8Array {
    const answer = from === to ? body : encodeBody(apiKey, to, 'response', decodeBody(apiKey, from, 'response', body))
    return this.#bindings.bytesToNow(answer)
  }

  #answer(call: number, reply: number, { connection, request, slot }: Pending): void {
    const { version } = this.#tape.call(call)
    const { resp } = this.#tape.entry(reply)
    connection.answer(slot, request, this.transcode(request.apiKey, version, request.version, resp))
  }
}
