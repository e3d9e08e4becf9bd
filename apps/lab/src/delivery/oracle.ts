import { crc32 } from 'node:zlib'
import type { Act, ActMessage, LogPosition, PublishAct, PublishStatus, Settled, TransactionAct } from './act.ts'
import { Findings } from './finding.ts'
import { LogMessages } from './log-messages.ts'
import { QueueMessages } from './queue-messages.ts'
import { deliveryReport, type DeliveryCounts, type DeliveryReport } from './report.ts'

/** Partitions that a report tells one by one; of somebody else's cassette there may be any number. */
const maxLogs = 10_000

/**
 * The delivery oracle: what a broker and its clients promise, checked act by act, in the order in which the acts ended. Every
 * confirmed publish is delivered and none skipped; what comes again is marked as redelivered and not committed; each delivery is settled
 * once; messages of a partition, and of a topic and key, keep their order; commits stay behind what was settled.
 */
export class DeliveryOracle {
  readonly #findings = new Findings()
  readonly #counts: DeliveryCounts = {
    total: 0,
    first: 0,
    redelivered: 0,
    repeated: 0,
    copies: 0,
    of_others: 0,
    open: 0,
  }
  readonly #publishes: Record<PublishStatus, number> = {
    confirmed: 0,
    refused: 0,
    failed: 0,
    unconfirmed: 0,
    unroutable: 0,
  }
  readonly #settles: Record<Settled, number> = { ack: 0, reject: 0, discard: 0, unsettled: 0, failed: 0, untold: 0 }
  readonly #logs = new Map<string, LogMessages>()
  /** Publishes of transactions under way, by producer. */
  readonly #open = new Map<string, LogPosition[]>()
  #judgesGaps = true
  #sequence = 0
  readonly #sum = Buffer.alloc(4)
  readonly #queues = new QueueMessages(this.#findings, this.#counts)

  take(act: Act): void {
    switch (act.kind) {
      case 'publish':
        this.#publish(act)
        return
      case 'delivery': {
        this.#counts.total++
        this.#settles[act.settled]++
        const sum = sumOf(act.message)
        this.#sum.writeUInt32LE(sum)
        this.#sequence = crc32(this.#sum, this.#sequence)
        const { position } = act.message
        if (position === undefined) this.#queues.deliver(act)
        else this.#logOf(position.log).deliver(act, position.offset, sum)
        return
      }
      case 'resettle':
        this.#findings.add({ rule: 'settled_twice', entry: act.entry })
        return
      case 'commit':
        this.#logs.get(act.position.log)?.commit(act.entry, act.position.offset)
        return
      case 'transaction':
        this.#transaction(act)
    }
  }

  /**
   * What it comes to.
   *
   * @param complete whether the run waited for every message that it published
   */
  report(complete: boolean): DeliveryReport {
    const logs = [...this.#logs.values()]
    let pending = this.#queues.end(complete)
    for (const log of logs) pending += log.end(complete, this.#judgesGaps)
    return deliveryReport({
      complete,
      publishes: this.#publishes,
      deliveries: this.#counts,
      settles: this.#settles,
      pending,
      sequence: this.#sequence.toString(16).padStart(8, '0'),
      logs: logs
        .map((log) => log.summary())
        .sort((a, b) => (a.log < b.log ? -1 : 1))
        .slice(0, maxLogs),
      findings: this.#findings.list(),
      broken: this.#findings.counts(),
    })
  }

  #publish(act: PublishAct): void {
    this.#publishes[act.status]++
    const { position } = act.message
    if (position === undefined) {
      this.#queues.publish(act)
      return
    }
    if (act.status !== 'confirmed') return
    this.#logOf(position.log).publish(act, position.offset, sumOf(act.message))
    this.#open.get(act.producer)?.push(position)
  }

  #transaction({ call, producer }: TransactionAct): void {
    if (producer === undefined) {
      // Which publishes are its own is not known: a gap may be one of them.
      if (call === 'abort') this.#judgesGaps = false
      return
    }
    if (call === 'abort') {
      for (const { log, offset } of this.#open.get(producer) ?? []) this.#logs.get(log)?.withdraw(offset)
    }
    if (call === 'begin') this.#open.set(producer, [])
    else this.#open.delete(producer)
  }

  #logOf(name: string): LogMessages {
    let log = this.#logs.get(name)
    if (log === undefined) this.#logs.set(name, (log = new LogMessages(name, this.#findings, this.#counts)))
    return log
  }
}

function sumOf({ bytes }: ActMessage): number {
  return crc32(bytes)
}
