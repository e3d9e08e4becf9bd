import type { DeliveryAct, PublishAct } from './act.ts'
import { CommittedOffsets } from './commits.ts'
import type { Findings } from './finding.ts'
import { OffsetSet, PublishedOffsets } from './offsets.ts'
import { RisingTogether } from './order.ts'
import type { DeliveryCounts } from './report.ts'

/** What one consumer got of a log. */
interface Reader {
  readonly delivered: OffsetSet
  readonly order: RisingTogether
  readonly commits: CommittedOffsets
  /** Deliveries whose last one was not settled, by offset. */
  readonly unsettled: Map<number, number>
}

/** What a report says of a log. */
export interface LogSummary {
  readonly log: string
  readonly confirmed: number
  readonly delivered: number
  readonly first_offset: number | null
  readonly last_offset: number | null
  readonly committed: number | null
}

/**
 * The messages of one log, a partition of Kafka: known by their offsets.
 *
 * Memory: eight bytes for each message that is confirmed and not yet delivered; what was delivered are runs of offsets.
 */
export class LogMessages {
  readonly #log: string
  readonly #findings: Findings
  readonly #counts: DeliveryCounts
  readonly #published = new PublishedOffsets()
  /** Each producer's messages keep their order. */
  readonly #publishOrders = new Map<string, RisingTogether>()
  readonly #readers = new Map<string, Reader>()
  #confirmed = 0

  constructor(log: string, findings: Findings, counts: DeliveryCounts) {
    this.#log = log
    this.#findings = findings
    this.#counts = counts
  }

  publish({ entry, begin, producer }: PublishAct, offset: number, sum: number): void {
    this.#confirmed++
    let order = this.#publishOrders.get(producer)
    if (order === undefined) this.#publishOrders.set(producer, (order = new RisingTogether()))
    if (!order.take(begin, offset)) {
      this.#findings.add({ rule: 'published_out_of_order', entry, at: this.#at(offset) })
    }
    // Nothing waits for the program to hear of the confirm.
    if (this.#isDelivered(offset)) {
      this.#counts.of_others--
      this.#counts.first++
      return
    }
    this.#published.set(offset, { entry, sum })
  }

  deliver(act: DeliveryAct, offset: number, sum: number): void {
    const { entry, begin, consumer, redelivered, committed } = act
    const reader = this.#readerOf(consumer)
    const isKnown = this.#isDelivered(offset)
    const isFirst = reader.delivered.add(offset)
    const published = this.#published.take(offset)
    if (published !== undefined && published.sum !== sum) {
      this.#findings.add({ rule: 'altered', entry, other: published.entry, at: this.#at(offset) })
    }
    if (isFirst) {
      this.#counts[published !== undefined ? 'first' : isKnown ? 'copies' : 'of_others']++
      if (!redelivered && act.ordered && !reader.order.take(begin, offset)) {
        this.#findings.add({ rule: 'out_of_order', entry, at: this.#at(offset) })
      }
    } else if (!act.ordered) this.#counts.repeated++
    else if (!redelivered) this.#findings.add({ rule: 'duplicate', entry, at: this.#at(offset) })
    else {
      this.#counts.redelivered++
      if (committed !== undefined && offset < committed) {
        this.#findings.add({ rule: 'redelivered_committed', entry, at: this.#at(offset) })
      }
    }
    const isSettled = act.settled === 'ack' || act.settled === 'discard'
    if (isSettled) reader.unsettled.delete(offset)
    else if (act.settled !== 'untold') reader.unsettled.set(offset, entry)
    if (act.settled === 'untold') return
    for (const { offset: unsettled, ...entries } of reader.commits.take(act, offset, isSettled)) {
      this.#findings.add({ rule: 'commit_ahead', ...entries, at: this.#at(unsettled) })
    }
  }

  /** Takes back a publish: its transaction was aborted. */
  withdraw(offset: number): void {
    this.#published.take(offset)
  }

  /** A commit by a call of its own, at the socket: beyond a message that was published here and given to nobody. */
  commit(entry: number, offset: number): void {
    const last = Math.max(-1, ...[...this.#readers.values()].map(({ delivered }) => delivered.last ?? -1))
    if (last < 0) return
    for (const reader of this.#readers.values()) reader.commits.claim(offset)
    for (const [skipped, other] of this.#published.left()) {
      if (skipped >= offset) return
      if (skipped > last) {
        this.#findings.add({ rule: 'commit_ahead', entry, other, at: this.#at(skipped) })
        return
      }
    }
  }

  /**
   * What is left when all has been said.
   *
   * @param complete whether the run waited for every message that it published
   * @param judgesGaps whether a message between others that were delivered is one that should have been
   * @returns how many publishes are not delivered and may yet be
   */
  end(complete: boolean, judgesGaps: boolean): number {
    let pending = 0
    const readers = [...this.#readers.values()]
    for (const [offset, entry] of this.#published.left()) {
      const isPassed = readers.some(
        ({ delivered: { first = Infinity, last = -1 } }) => offset < last && (complete || offset > first),
      )
      if (isPassed && judgesGaps) this.#findings.add({ rule: 'skipped', entry, at: this.#at(offset) })
      else if (complete) this.#findings.add({ rule: 'undelivered', entry, at: this.#at(offset) })
      else pending++
    }
    for (const { unsettled } of readers) {
      for (const [offset, entry] of unsettled) {
        this.#counts.open++
        if (complete) this.#findings.add({ rule: 'not_settled', entry, at: this.#at(offset) })
      }
    }
    return pending
  }

  summary(): LogSummary {
    const readers = [...this.#readers.values()]
    const firsts = readers.flatMap(({ delivered }) => delivered.first ?? [])
    const lasts = readers.flatMap(({ delivered }) => delivered.last ?? [])
    const commits = readers.flatMap(({ commits: { highest } }) => highest ?? [])
    return {
      log: this.#log,
      confirmed: this.#confirmed,
      delivered: readers.reduce((sum, { delivered }) => sum + delivered.size, 0),
      first_offset: firsts.length === 0 ? null : Math.min(...firsts),
      last_offset: lasts.length === 0 ? null : Math.max(...lasts),
      committed: commits.length === 0 ? null : Math.max(...commits),
    }
  }

  #isDelivered(offset: number): boolean {
    for (const { delivered } of this.#readers.values()) if (delivered.has(offset)) return true
    return false
  }

  #at(offset: number): string {
    return `${this.#log} offset ${offset}`
  }

  #readerOf(consumer: string): Reader {
    let reader = this.#readers.get(consumer)
    if (reader === undefined) {
      reader = {
        delivered: new OffsetSet(),
        order: new RisingTogether(),
        commits: new CommittedOffsets(),
        unsettled: new Map(),
      }
      this.#readers.set(consumer, reader)
    }
    return reader
  }
}
