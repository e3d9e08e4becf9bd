import { hash } from 'node:crypto'
import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { viewEntry, type EntryView } from './entry-view.ts'

/** Which publish a delivery came from, and the other way round, by index of the entries. */
export interface Causes {
  /** The publish whose message a delivery is; undefined where nobody published it in this recording. */
  causeOf(delivery: number): number | undefined
  /** The deliveries of a published message: none, one, or more where the broker delivered it again. */
  effectsOf(publish: number): readonly number[]
}

/**
 * Joins deliveries to publishes: by topic, partition and offset where the broker's answer says them (Kafka); otherwise by the
 * bytes of the message, equal messages one after the other, and one that is delivered again to the one it was before.
 *
 * Memory: two numbers a message and one table entry for each message that is under way.
 */
export function joinCauses(cassette: CassetteReader): Causes {
  const cause = new Int32Array(cassette.count).fill(-1)
  const byPosition = new Map<string, number>()
  const byDigest = new Map<string, { next: number; readonly publishes: number[] }>()
  const deliveries: {
    readonly view: number
    readonly position: string | undefined
    readonly digest: string
    readonly again: boolean
  }[] = []
  for (let index = 0; index < cassette.count; index++) {
    const view = viewEntry(cassette, index)
    if (view.message === undefined) continue
    const position = positionOf(view)
    const digest = digestOf(view)
    if (view.kind === 'publish') {
      if (position !== undefined) byPosition.set(position, index)
      const same = byDigest.get(digest)
      if (same === undefined) byDigest.set(digest, { next: 0, publishes: [index] })
      else same.publishes.push(index)
    } else if (view.kind === 'delivery') {
      deliveries.push({ view: index, position, digest, again: view.metadata['redelivered'] === true })
    }
  }
  for (const { view, position, digest, again } of deliveries) {
    const exact = position === undefined ? undefined : byPosition.get(position)
    if (exact !== undefined) {
      cause[view] = exact
      continue
    }
    const same = byDigest.get(digest)
    if (same === undefined) continue
    const at = again ? Math.max(0, same.next - 1) : Math.min(same.next, same.publishes.length - 1)
    cause[view] = same.publishes[at] ?? -1
    if (!again) same.next++
  }
  const effects = new Map<number, number[]>()
  for (const [delivery, publish] of cause.entries()) {
    if (publish < 0) continue
    const known = effects.get(publish)
    if (known === undefined) effects.set(publish, [delivery])
    else known.push(delivery)
  }
  return {
    causeOf: (delivery) => {
      const publish = cause[delivery] ?? -1
      return publish < 0 ? undefined : publish
    },
    effectsOf: (publish) => effects.get(publish) ?? [],
  }
}

function positionOf({ message, metadata }: EntryView): string | undefined {
  const { partition, offset } = metadata
  return partition === undefined || offset === undefined
    ? undefined
    : `${message?.topic ?? ''}\0${partition}\0${offset}`
}

/** The message's own bytes: the request of a publish, the envelope of a delivery; at the socket what both have of it. */
function digestOf({ raw, message, kind, socket }: EntryView): string {
  if (socket === true && message !== undefined) return hash('sha256', messageBytes(message), 'base64')
  if (kind === 'publish' || message === undefined) return hash('sha256', raw.req, 'base64')
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
