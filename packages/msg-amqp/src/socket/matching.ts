import { methodId, readMethod } from '../protocol/index.ts'
import type { Bindings } from './bindings.ts'
import { mask } from './mask.ts'
import type { Rules } from './rules.ts'
import { idOf, type StoredCommand } from './stored.ts'
import { classOf, type AmqpTape } from './tape.ts'

/** Recorded without their content, so that nothing of it can be compared. */
const secret: ReadonlySet<number> = new Set([
  methodId('connection.start-ok'),
  methodId('connection.secure-ok'),
  methodId('connection.update-secret'),
])

const reject = methodId('basic.reject')

/** A command of the client with the key of its channel's entries, where rules are by key. */
export interface Act extends StoredCommand {
  readonly key?: string
}

/** Whether what a client says is what it said in the recording. */
export class Matching {
  readonly #tape: AmqpTape
  readonly #rules: Rules
  readonly #bindings: Bindings
  /** The command that was asked about last, and the entry that it is to the byte. */
  #asked: StoredCommand | undefined
  #askedEntry = -1

  constructor(tape: AmqpTape, rules: Rules, bindings: Bindings) {
    this.#tape = tape
    this.#rules = rules
    this.#bindings = bindings
  }

  /** Under the names bound so far and without what the rules ignore. */
  same(entry: number, now: StoredCommand): boolean {
    if (this.isEqual(entry, now)) return true
    const recorded = this.#tape.command(entry)
    if (this.#sameUnderNames(recorded, now)) return true
    if (!this.#rules.ignoresPaths || idOf(recorded) !== idOf(now)) return false
    const key = this.#tape.key(entry)
    return this.#rules.text(recorded, key) === this.#rules.text(now, key)
  }

  /** Whether an entry is this command, to the byte. */
  isEqual(entry: number, now: StoredCommand): boolean {
    if (this.#asked === now && this.#askedEntry === entry) return true
    if (!this.#tape.is(entry, now)) return false
    this.#asked = now
    this.#askedEntry = entry
    return true
  }

  digest(command: Act): string {
    const id = idOf(command)
    if (classOf(id) === 'settle') return `settle ${deliveryTag(command)}`
    if (secret.has(id)) return String(id)
    if (this.#rules.ignoresPaths) return this.#rules.text(command, command.key)
    const { text, consumer } = mask(command)
    return consumer === '' ? text : `${text}\0${consumer}`
  }

  digestOf(entry: number): string {
    return this.digest({ ...this.#tape.command(entry), key: this.#tape.key(entry) })
  }

  /** The two are one: what differs in them has two names from here on. Settles bind nothing. */
  bind(entry: number, now: StoredCommand): void {
    const id = idOf(now)
    if (classOf(id) === 'settle' || secret.has(id) || this.isEqual(entry, now)) return
    if (!this.#bindings.bind(this.#tape.command(entry), now)) this.#bindings.counts.ignored++
  }

  #sameUnderNames(recorded: StoredCommand, now: StoredCommand): boolean {
    const id = idOf(now)
    // Found by the tag; whether it was an ack, and of how many, is compared afterwards.
    if (classOf(id) === 'settle') {
      return classOf(idOf(recorded)) === 'settle' && deliveryTag(recorded) === deliveryTag(now)
    }
    if (idOf(recorded) !== id) return false
    return secret.has(id) || this.#bindings.agrees(mask(recorded), mask(now))
  }
}

/** The tag that a settle names. */
export function deliveryTag({ method }: StoredCommand): bigint {
  return method.readBigUInt64BE(4)
}

/** Whether a settle is of all deliveries up to its tag. */
export function isMultiple(command: StoredCommand): boolean {
  // The first bit behind the tag; basic.reject has none, its bit is `requeue`.
  return idOf(command) !== reject && ((command.method[12] ?? 0) & 1) === 1
}

/** A settle in words: `basic.nack requeue`. */
export function settleText(command: StoredCommand): string {
  const { name, args } = readMethod(command.method)
  const how = Object.entries(args).filter(([, value]) => value === true)
  return [name, ...how.map(([flag]) => flag)].join(' ')
}
