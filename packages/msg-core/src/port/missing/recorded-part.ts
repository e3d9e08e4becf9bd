import { hash } from 'node:crypto'
import { bytesAt, decodePlayed, type PlayedEntry } from '../../format/cassette/entry-decode.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import { decodeEnvelope } from '../../format/envelope/index.ts'
import { outcomeOf, readIterationEnd, readUnsettledNote, wires } from '../../format/record/index.ts'
import type { MatchMode } from '../../rr/modes.ts'
import { DriverError, type Delivery, type Metadata, type Outcome, type PublishResult } from '../index.ts'
import { answerOf, failureOf, metadataReader, recordOf, requestOf, responseOf } from '../replaying/answers.ts'
import type { MessageRules } from '../replaying/message-rules.ts'
import type { LaneName, Part } from '../replaying/parts.ts'

/** How hits are found: see {@link RecordedPart.publish}. */
export interface HitRules {
  readonly cassette: string
  readonly matchMode: MatchMode
  /** `x07`: a publish is not compared, the next recorded one answers it. */
  readonly match: 'strict' | 'x07'
  readonly messages: MessageRules
}

const done: Promise<void> = Promise.resolve()

/**
 * What one driver's part of a cassette can answer. A delivery belongs to the publish of the same key and value, the k-th to the
 * k-th, and comes once that was a hit; a redelivery once the one before it is settled. A delivery of a message that the recorded
 * program did not publish comes when as many publishes were made as the recording has before it.
 */
export class RecordedPart {
  readonly #reader: CassetteReader
  readonly #rules: HitRules
  readonly #part: Part
  readonly #topologies: number[] = []
  readonly #tellsTopologies: boolean
  readonly #publishes: number[] = []
  #cursor = 0
  /** By what is compared: those that were not asked for, the first one last. */
  readonly #byDigest = new Map<string, number[]>()
  /** Their entries, in the order in which they came. */
  readonly #deliveries: number[] = []
  /** Places in `#deliveries` of the first delivery of each publish, by its entry. */
  readonly #firstOf = new Map<number, number>()
  /** Places of redeliveries, by the place of the delivery before. */
  readonly #nextOf = new Map<number, number>()
  /** Deliveries that wait for a number of publishes, in that order. */
  readonly #foreign: { readonly at: number; readonly publishes: number }[] = []
  #foreignGiven = 0
  /** Places of deliveries that may come now, ascending, behind the first `#taken`. */
  readonly #ready: number[] = []
  #taken = 0
  #made = 0
  readonly #readAnswer = metadataReader()
  readonly #readMetadata = metadataReader()
  /** How the recorded program stopped asking for more. */
  readonly ended: ReturnType<typeof readIterationEnd>
  /** The first thing that the program did otherwise, and that is no miss. */
  difference: DriverError | undefined

  /** @throws DriverError `precondition_failed` for a recording with transactions */
  constructor(reader: CassetteReader, lanes: readonly LaneName[], part: Part, rules: HitRules) {
    this.#reader = reader
    this.#rules = rules
    this.#part = part
    const deliveries: number[] = []
    let ended: ReturnType<typeof readIterationEnd>
    for (let entry = 0; entry < reader.count; entry++) {
      const lane = lanes[reader.lane(entry)]
      if (lane?.part !== part) continue
      if (lane.role === 'publish') this.#publishes.push(entry)
      else if (lane.role === 'delivery' || lane.role === 'unsettled') deliveries.push(entry)
      else if (lane.role === 'topology') this.#topologies.push(entry)
      else if (lane.role === 'iterate') ended = readIterationEnd(responseOf(this.#entry(entry)))
      else if (lane.role === 'transaction') {
        throw new DriverError(
          'precondition_failed',
          `record what is missing in ${rules.cassette}: it has transactions, which count as a whole; record it anew, with mode record`,
        )
      }
    }
    this.ended = ended
    this.#tellsTopologies = this.#topologies.length > 0
    const begin = (entry: number): number => reader.begin(entry) ?? entry
    this.#publishes.sort((a, b) => begin(a) - begin(b))
    deliveries.sort((a, b) => begin(a) - begin(b))
    this.#indexPublishes()
    this.#indexDeliveries(deliveries, begin)
  }

  /** Recorded publishes that were not asked for, and recorded deliveries that did not come. */
  get unused(): number {
    return this.#publishes.length - this.#cursor + (this.#deliveries.length - this.#taken)
  }

  /** Whether every recorded delivery came. */
  get exhausted(): boolean {
    return this.#taken === this.#deliveries.length
  }

  /** The recorded answer to the declaration of topology; undefined where there is none left. */
  topology(): Promise<void> | undefined {
    // Recordings of the lab, and older ones, do not tell of topologies.
    if (!this.#tellsTopologies) return done
    const index = this.#topologies.shift()
    if (index === undefined) return undefined
    const entry = this.#entry(index)
    return (entry.err ?? 0) === 0 ? done : Promise.reject(failureOf(entry))
  }

  /**
   * The recorded answer to a publish; undefined for a miss. In `lookup_v1` a hit is any publish of the same message that was not
   * asked for, in `transcript_v1` the next one.
   *
   * @throws DriverError `precondition_failed` in `transcript_v1`, where the next one is of another message
   */
  publish(envelope: Uint8Array): Promise<PublishResult> | undefined {
    const entry = this.#find(envelope)
    this.#made++
    this.#giveForeign()
    if (entry === undefined) return undefined
    this.#cursor++
    const first = this.#firstOf.get(entry)
    if (first !== undefined) this.#giveReady(first)
    return this.#answer(entry)
  }

  /** The next recorded delivery that may come now. */
  delivery(): Delivery | undefined {
    this.#giveForeign()
    const at = this.#ready[this.#taken]
    if (at === undefined) return undefined
    this.#taken++
    return this.#deliveryAt(at)
  }

  #find(envelope: Uint8Array): number | undefined {
    const { matchMode, match, messages, cassette } = this.#rules
    if (match === 'x07') return this.#publishes[this.#cursor]
    if (matchMode === 'lookup_v1') {
      const entry = this.#byDigest.get(messages.digest(envelope, false))?.pop()
      if (entry !== undefined && messages.any) messages.isSame(requestOf(this.#entry(entry)), envelope)
      return entry
    }
    const entry = this.#publishes[this.#cursor]
    if (entry === undefined) return undefined
    const recorded = requestOf(this.#entry(entry))
    if (Buffer.compare(recorded, envelope) === 0 || (messages.any && messages.isSame(recorded, envelope))) return entry
    const [difference] = messages.differences(recorded, envelope)
    this.difference ??= new DriverError(
      'precondition_failed',
      `record what is missing in ${cassette}: publish ${this.#cursor + 1} is not the recorded one` +
        `${difference === undefined ? '' : ` (${difference.field} differs)`}, and transcript_v1 takes them in order; use lookup_v1, or record anew`,
    )
    throw this.difference
  }

  async #answer(index: number): Promise<PublishResult> {
    const entry = this.#entry(index)
    if (entry.err !== 0) throw failureOf(entry)
    return answerOf(entry, recordOf(entry, index, this.#expected(1)), this.#readAnswer)
  }

  #deliveryAt(at: number): Delivery {
    const index = this.#deliveries[at] ?? 0
    const entry = this.#entry(index)
    const { metadata, recorded, failure } = this.#saidOf(index, entry)
    const envelope = Buffer.from(this.#rules.messages.translated(requestOf(entry)))
    let said = false
    return {
      envelope,
      metadata,
      settle: (outcome) => {
        if (said) return done
        said = true
        const next = this.#nextOf.get(at)
        if (next !== undefined) this.#giveReady(next)
        if (failure !== undefined) return Promise.reject(failure)
        if (recorded === undefined || recorded === outcome) return done
        this.difference ??= new DriverError(
          'precondition_failed',
          `record what is missing in ${this.#rules.cassette}: the program says ${outcome} to the delivery of entry ${index} and said ` +
            `${recorded} when it was recorded, which no broker can be asked about; record it anew, with mode record`,
        )
        return Promise.reject(this.difference)
      },
    }
  }

  #saidOf(
    index: number,
    entry: PlayedEntry,
  ): { readonly metadata: Metadata; readonly recorded?: Outcome; readonly failure?: DriverError } {
    if (this.#isUnsettled(index)) {
      const { metadata, outcome, error } = readUnsettledNote(responseOf(entry))
      if (entry.err === 0) return { metadata }
      const failure = error === undefined ? failureOf(entry) : DriverError.fromErrno(entry.err ?? 0, error)
      return { metadata, failure, ...(outcome === undefined ? {} : { recorded: outcome }) }
    }
    if (entry.err !== 0) return { metadata: {}, failure: failureOf(entry) }
    const { ackTag, ackAt, ackLength } = recordOf(entry, index, this.#expected(2))
    const ack = bytesAt(entry.document, ackAt, ackLength)
    return { metadata: this.#readMetadata(ack), recorded: outcomeOf(ackTag, ack) }
  }

  #isUnsettled(index: number): boolean {
    const op = this.#reader.lanes.get(this.#reader.lane(index))?.op ?? new Uint8Array(0)
    return Buffer.from(op).toString() === wires[this.#part.wire].unsettledOp
  }

  #expected(opTag: 1 | 2) {
    const { wire, endpoint } = this.#part
    return { opTag, driverKind: wires[wire].driverKind, endpoint: Buffer.from(endpoint) }
  }

  #indexPublishes(): void {
    const { match, matchMode, messages } = this.#rules
    if (match === 'x07' || matchMode !== 'lookup_v1') return
    for (const entry of this.#publishes.toReversed()) {
      const digest = messages.digest(requestOf(this.#entry(entry)), true)
      const same = this.#byDigest.get(digest)
      if (same === undefined) this.#byDigest.set(digest, [entry])
      else same.push(entry)
    }
  }

  #indexDeliveries(deliveries: readonly number[], begin: (entry: number) => number): void {
    const byContent = Map.groupBy(this.#publishes, (entry) => contentOf(requestOf(this.#entry(entry))))
    const seen = new Map<string, number>()
    const lastOf = new Map<number, number>()
    let before = 0
    for (const entry of deliveries) {
      const request = requestOf(this.#entry(entry))
      // The deliveries themselves failed: the broker is asked instead.
      if (request.length === 0) continue
      const at = this.#deliveries.length
      const content = contentOf(request)
      const publishes = byContent.get(content)
      const count = seen.get(content) ?? 0
      seen.set(content, count + 1)
      const cause = publishes?.[Math.min(count, publishes.length - 1)]
      const last = cause === undefined ? undefined : lastOf.get(cause)
      this.#deliveries.push(entry)
      if (cause === undefined) {
        while (begin(this.#publishes[before] ?? entry) < begin(entry)) before++
        this.#foreign.push({ at, publishes: before })
        continue
      }
      if (last === undefined) this.#firstOf.set(cause, at)
      else this.#nextOf.set(last, at)
      lastOf.set(cause, at)
    }
  }

  #giveForeign(): void {
    for (;;) {
      const next = this.#foreign[this.#foreignGiven]
      if (next === undefined || next.publishes > this.#made) return
      this.#foreignGiven++
      this.#giveReady(next.at)
    }
  }

  /** In the recorded order among those that did not come. */
  #giveReady(at: number): void {
    const ready = this.#ready
    let place = ready.length
    while (place > this.#taken && (ready[place - 1] ?? 0) > at) place--
    if (place === ready.length) ready.push(at)
    else ready.splice(place, 0, at)
  }

  #entry(index: number): PlayedEntry {
    return decodePlayed(this.#reader.entry(index))
  }
}

/** Equal for a message as it was published and as it was delivered. */
function contentOf(envelope: Uint8Array): string {
  try {
    const { key, value } = decodeEnvelope(envelope)
    const lengths = `${key?.length ?? '-'} ${value?.length ?? '-'} `
    return hash('sha1', Buffer.concat([Buffer.from(lengths), key ?? none, value ?? none]), 'base64')
  } catch {
    return hash('sha1', envelope, 'base64')
  }
}

const none = new Uint8Array(0)
