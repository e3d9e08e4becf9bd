import { hash } from 'node:crypto'
import type { ActMessage, DeliveryAct, PublishAct } from './act.ts'
import type { Findings } from './finding.ts'
import { RisingTogether } from './order.ts'
import type { DeliveryCounts } from './report.ts'

/** Messages that are done with and still known, so that a repetition is seen: of more the oldest are forgotten. */
const maxRemembered = 65_536

/** Messages with the same bytes; nearly always one. */
interface Known {
  /** Confirmed publishes that no consumer has had, and when each began. */
  readonly waiting: { readonly entry: number; readonly begin: number }[]
  /** Messages that the broker may have of them. */
  allowed: number
  readonly stream: string
  /** How often each consumer got one of them, not counting what came again. */
  readonly deliveries: Map<string, number>
  /** Begins of deliveries of publishes that are not answered yet. */
  readonly early: { readonly consumer: string; readonly begin: number; readonly entry: number }[]
  /** Deliveries whose last one was not settled. */
  unsettled: number | undefined
  /** The first delivery. */
  entry: number
}

/**
 * The messages of brokers that give them no number, such as RabbitMQ: known by all their bytes.
 *
 * Memory: the messages that are under way, the last 65,536 others, and a number for each topic and key.
 */
export class QueueMessages {
  readonly #findings: Findings
  readonly #counts: DeliveryCounts
  readonly #underWay = new Map<string, Known>()
  readonly #remembered = new Map<string, Known>()
  readonly #orders = new Map<string, RisingTogether>()

  constructor(findings: Findings, counts: DeliveryCounts) {
    this.#findings = findings
    this.#counts = counts
  }

  publish({ message, entry, begin, status, sent }: PublishAct): void {
    const digest = digestOf(message)
    const known = this.#take(digest, message.stream)
    known.allowed += Math.max(1, sent)
    if (status === 'confirmed') {
      const early = known.early.shift()
      if (early === undefined) known.waiting.push({ entry, begin })
      else {
        this.#counts.first++
        this.#inOrder(known, early.consumer, early.begin, begin, early.entry)
      }
    }
    this.#put(digest, known)
  }

  deliver(act: DeliveryAct): void {
    const { message, entry, consumer, redelivered } = act
    const digest = digestOf(message)
    const known = this.#take(digest, message.stream)
    const before = known.deliveries.get(consumer) ?? 0
    if (known.entry < 0) known.entry = entry
    if (redelivered && before > 0) this.#counts.redelivered++
    else {
      known.deliveries.set(consumer, before + 1)
      this.#count(known, act, before)
    }
    if (act.settled === 'ack' || act.settled === 'discard') known.unsettled = undefined
    else if (act.settled !== 'untold') known.unsettled = entry
    this.#put(digest, known)
  }

  #count(known: Known, { consumer, entry, begin, redelivered, ordered }: DeliveryAct, before: number): void {
    const most = Math.max(0, ...known.deliveries.values())
    const isCopy = before + 1 < most || (before === 0 && known.deliveries.size > 1 && known.waiting.length === 0)
    if (isCopy) {
      this.#counts.copies++
      return
    }
    const publish = known.waiting.shift()
    if (publish !== undefined) {
      this.#counts.first++
      if (!redelivered && ordered) this.#inOrder(known, consumer, begin, publish.begin, entry)
    } else if (known.allowed === 0) {
      // Of another publisher, or of a publish that is not answered yet.
      known.early.push({ consumer, begin, entry })
    } else if (before + 1 > known.allowed && !redelivered) {
      this.#findings.add({ rule: 'duplicate', entry, ...(known.entry === entry ? {} : { other: known.entry }) })
    } else this.#counts.repeated++
  }

  #inOrder({ stream }: Known, consumer: string, begin: number, published: number, entry: number): void {
    const name = `${consumer}\0${stream}`
    let order = this.#orders.get(name)
    if (order === undefined) this.#orders.set(name, (order = new RisingTogether()))
    if (!order.take(begin, published)) this.#findings.add({ rule: 'out_of_order', entry })
  }

  /** As of a log. @returns how many publishes are not delivered and may yet be */
  end(complete: boolean): number {
    let pending = 0
    const latest = new Map<string, number>()
    for (const [name, { place }] of this.#orders) {
      const stream = name.slice(name.indexOf('\0') + 1)
      latest.set(stream, Math.max(place, latest.get(stream) ?? -1))
    }
    for (const known of [...this.#underWay.values(), ...this.#remembered.values()]) {
      for (const { entry, begin } of known.waiting) {
        const isPassed = begin < (latest.get(known.stream) ?? -1)
        // Where nobody waited for it, a time to live or another queue may have had it.
        if (complete) this.#findings.add({ rule: isPassed ? 'skipped' : 'undelivered', entry })
        else pending++
      }
      this.#forget(known)
      if (known.unsettled === undefined) continue
      this.#counts.open++
      if (complete) this.#findings.add({ rule: 'not_settled', entry: known.unsettled })
    }
    return pending
  }

  #take(digest: string, stream: string): Known {
    const known = this.#underWay.get(digest) ?? this.#remembered.get(digest)
    if (known !== undefined) {
      this.#underWay.delete(digest)
      this.#remembered.delete(digest)
      return known
    }
    return { waiting: [], allowed: 0, stream, deliveries: new Map(), early: [], unsettled: undefined, entry: -1 }
  }

  #put(digest: string, known: Known): void {
    if (known.waiting.length > 0 || known.unsettled !== undefined) {
      this.#underWay.set(digest, known)
      return
    }
    this.#remembered.set(digest, known)
    if (this.#remembered.size <= maxRemembered) return
    const [oldest] = this.#remembered
    if (oldest === undefined) return
    this.#remembered.delete(oldest[0])
    this.#forget(oldest[1])
  }

  /** What came before any publish of it: somebody else's, or a publish that was sent again before its confirm. */
  #forget({ early, allowed }: Known): void {
    if (allowed === 0) this.#counts.of_others += early.length
    else this.#counts.repeated += early.length
  }
}

function digestOf({ bytes }: ActMessage): string {
  return hash('sha1', bytes, 'latin1')
}
