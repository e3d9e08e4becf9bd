import { hash } from 'node:crypto'
import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { messagesOf, viewEntry, type EntryView, type Placed } from './entry-view.ts'

/** Which publish a delivery came from, and the other way round, by index of the entries. */
export interface Causes {
  /** The publish whose message a delivery is, of several messages the first that has one; undefined where nobody published it in this recording. */
  causeOf(delivery: number): number | undefined
  /** The deliveries of a published message: none, one, or more where the broker delivered it again. */
  effectsOf(publish: number): readonly number[]
}

/** Takes the entries of a cassette one by one, in its order. */
export interface CauseCollector {
  /** @returns for a delivery an earlier publish of the very same message, where there is one */
  add(view: EntryView): number | undefined
  /** What belongs together, of all that was added. */
  finish(): Causes
}

/** When a collector looks at the bytes of messages. */
export interface CauseOptions {
  /**
   * `when_needed`: once all were added, and only where a delivery's place is not that of a publish; `add` then knows of no earlier
   * one, and all entries are kept until then.
   */
  readonly digests?: 'at_once' | 'when_needed'
}

/** Joins the entries of a cassette: {@link collectCauses}. */
export function joinCauses(cassette: CassetteReader): Causes {
  const causes = collectCauses(cassette.count)
  for (let index = 0; index < cassette.count; index++) causes.add(viewEntry(cassette, index))
  return causes.finish()
}

/**
 * Joins deliveries to publishes: by topic, partition and offset where the broker's answer says them (Kafka); otherwise by the
 * bytes of the message, equal messages one after the other, and one that is delivered again to the one it was before.
 *
 * Memory: two numbers a message and one table entry for each message that is under way.
 */
export function collectCauses(count: number, { digests = 'at_once' }: CauseOptions = {}): CauseCollector {
  const cause = new Int32Array(count).fill(-1)
  const byPosition = new Map<string, number>()
  const byDigest = new Map<string, { next: number; readonly publishes: number[] }>()
  const deliveries: {
    readonly entry: number
    readonly position: string | undefined
    readonly digest: string
    readonly again: boolean
  }[] = []
  const add = (view: EntryView): number | undefined => {
    const { entry, kind } = view
    if (kind !== 'publish' && kind !== 'delivery') return undefined
    let sameAs: number | undefined
    for (const placed of messagesOf(view)) {
      const position = positionOf(placed)
      const digest = digestOf(view, placed.message)
      if (kind === 'delivery') {
        deliveries.push({ entry, position, digest, again: placed.metadata['redelivered'] === true })
        sameAs ??= byDigest.get(digest)?.publishes[0]
        continue
      }
      if (position !== undefined) byPosition.set(position, entry)
      const same = byDigest.get(digest)
      if (same === undefined) byDigest.set(digest, { next: 0, publishes: [entry] })
      else same.publishes.push(entry)
    }
    return sameAs
  }
  const effects = new Map<number, number[]>()
  const join = (delivery: number, publish: number): void => {
    if (cause[delivery] === -1) cause[delivery] = publish
    const known = effects.get(publish)
    if (known === undefined) effects.set(publish, [delivery])
    // Several messages of one publish may come in one delivery.
    else if (known.at(-1) !== delivery) known.push(delivery)
  }
  const joinAll = (): void => {
    for (const { entry, position, digest, again } of deliveries) {
      const exact = position === undefined ? undefined : byPosition.get(position)
      if (exact !== undefined) {
        join(entry, exact)
        continue
      }
      const same = byDigest.get(digest)
      if (same === undefined) continue
      const at = again ? Math.max(0, same.next - 1) : Math.min(same.next, same.publishes.length - 1)
      const publish = same.publishes[at]
      if (publish !== undefined) join(entry, publish)
      if (!again) same.next++
    }
  }
  const kept: EntryView[] = []
  const joinByPosition = (): boolean => {
    const positions = new Map<string, number>()
    for (const view of kept) {
      if (view.kind !== 'publish') continue
      for (const placed of messagesOf(view)) {
        const position = positionOf(placed)
        if (position !== undefined) positions.set(position, view.entry)
      }
    }
    const found: [delivery: number, publish: number][] = []
    for (const view of kept) {
      if (view.kind !== 'delivery') continue
      for (const placed of messagesOf(view)) {
        const publish = positions.get(positionOf(placed) ?? '')
        if (publish === undefined) return false
        found.push([view.entry, publish])
      }
    }
    for (const [delivery, publish] of found) join(delivery, publish)
    return true
  }
  const keep = (view: EntryView): undefined => {
    if (view.kind === 'publish' || view.kind === 'delivery') kept.push(view)
  }
  return {
    add: digests === 'at_once' ? add : keep,
    finish() {
      if (digests === 'at_once' || !joinByPosition()) {
        for (const view of kept) add(view)
        joinAll()
      }
      return {
        causeOf: (delivery) => {
          const publish = cause[delivery] ?? -1
          return publish < 0 ? undefined : publish
        },
        effectsOf: (publish) => effects.get(publish) ?? [],
      }
    },
  }
}

function positionOf({ message, metadata }: Placed): string | undefined {
  const { partition, offset } = metadata
  return partition === undefined || offset === undefined ? undefined : `${message.topic}\0${partition}\0${offset}`
}

/** The message's own bytes: the request of a publish, the envelope of a delivery; at the socket what both have of it. */
function digestOf({ raw, kind, socket }: EntryView, message: Message): string {
  if (socket === true) return hash('sha256', messageBytes(message), 'base64')
  if (kind === 'publish') return hash('sha256', raw.req, 'base64')
  return hash('sha256', raw.req.length > 0 ? raw.req : raw.resp, 'base64')
}

function messageBytes(message: Message): Uint8Array {
  try {
    return encodeEnvelope(message)
  } catch {
    // What no envelope holds is told apart by its value alone.
    return message.value ?? new Uint8Array(0)
  }
}
