/** Rules of delivery, each with what a breach of it means. */
export const deliveryRules = {
  undelivered: 'a confirmed publish was never delivered',
  skipped: 'a confirmed publish was not delivered, and later ones of its place were',
  altered: 'a delivery has other bytes than the publish of its offset',
  duplicate: 'a message was delivered again, and nothing allows it: it is not marked as redelivered',
  redelivered_committed: 'a message came again whose offset the consumer group had committed',
  not_settled: 'a message was delivered and never settled',
  settled_twice: 'a delivery was settled a second time',
  out_of_order: 'a message was delivered before another that was published earlier in its place',
  published_out_of_order: 'the broker has a message before another whose publish began earlier',
  commit_ahead: 'an offset was committed beyond a message that was not settled',
} as const

export type DeliveryRule = keyof typeof deliveryRules

/** A breach of a rule. */
export interface DeliveryFinding {
  readonly rule: DeliveryRule
  /** The entry that shows it. */
  readonly entry: number
  /** Another entry that it is about: of a skipped publish none, of a duplicate the publish. */
  readonly other?: number
  /** Where it is: `topic/partition offset n`. */
  readonly at?: string
}

/** Findings that a report lists; the others are counted. */
const maxFindings = 1_000

/** Findings as they come: counted all, kept the first by entry. */
export class Findings {
  readonly #counts = new Map<DeliveryRule, number>()
  #kept: DeliveryFinding[] = []

  add(finding: DeliveryFinding): void {
    this.#counts.set(finding.rule, (this.#counts.get(finding.rule) ?? 0) + 1)
    this.#kept.push(finding)
    // Those that are known at the end may have earlier entries than those that came first.
    if (this.#kept.length > 2 * maxFindings) this.#kept = firstOf(this.#kept)
  }

  get total(): number {
    let total = 0
    for (const count of this.#counts.values()) total += count
    return total
  }

  counts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  list(): readonly DeliveryFinding[] {
    return firstOf(this.#kept)
  }
}

function firstOf(findings: readonly DeliveryFinding[]): DeliveryFinding[] {
  return findings
    .toSorted((a, b) => a.entry - b.entry || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0))
    .slice(0, maxFindings)
}

/** A finding for people, in one line. */
export function describeDelivery({ rule, entry, other, at }: DeliveryFinding): string {
  const where = at === undefined ? '' : ` (${at})`
  const beside = other === undefined ? '' : `, beside entry ${other}`
  return `${rule} at entry ${entry}${beside}: ${deliveryRules[rule]}${where}`
}
