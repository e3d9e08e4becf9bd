import { keyText } from './readings/reading.ts'
import { bodyText } from './render.ts'
import { messagesOf, type EntryView, type Placed } from './entry-view.ts'

/** Which entries a person asked to see; every condition given must hold. */
export interface EntryFilter {
  /** Part of the op. */
  readonly op?: string | undefined
  /** Part of the lane: endpoint, connection, channel. */
  readonly lane?: string | undefined
  /** Part of the message's key. */
  readonly key?: string | undefined
  /** Text somewhere in topic, key, headers, properties, metadata, reason or body, decompressed where it is compressed. */
  readonly grep?: string | undefined
  /** Only these entries. */
  readonly entries?: ReadonlySet<number> | undefined
}

/** Whether an entry is one of those asked for. */
export function matches(filter: EntryFilter, view: EntryView): boolean {
  const { op, lane, key, grep, entries } = filter
  return (
    (entries === undefined || entries.has(view.entry)) &&
    (op === undefined || view.op.includes(op) || Buffer.from(view.raw.op).includes(op)) &&
    (lane === undefined || view.lane.includes(lane)) &&
    (key === undefined || messagesOf(view).some(({ message }) => keyText(message.key).includes(key))) &&
    (grep === undefined || searchable(view).some((text) => text.includes(grep)))
  )
}

function searchable(view: EntryView): string[] {
  const { message, said, reason, metadata, op, lane, raw } = view
  const rest = [op, lane, JSON.stringify(metadata), reason ?? '']
  if (said !== undefined) rest.push(said.line, JSON.stringify(said.fields))
  else if (message === undefined) return [...rest, Buffer.from(raw.req).toString(), Buffer.from(raw.resp).toString()]
  return [...rest, ...messagesOf(view).flatMap(searchableMessage)]
}

function searchableMessage({ message, metadata }: Placed): string[] {
  return [
    JSON.stringify(metadata),
    message.topic,
    keyText(message.key),
    bodyText(message),
    ...message.headers.flatMap(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    JSON.stringify(message.properties ?? {}),
  ]
}
