import type { Message } from '@x07-lab/msg-core'
import { languageObjects, packed } from './binary.ts'
import { compressed } from './compressed.ts'
import { confluent } from './confluent.ts'
import { celery, cloudEvents, connect, dramatiq, moleculer, nest } from './frameworks.ts'
import { schemaHeaders, spring, traceContext } from './headers.ts'
import type { MessageReader, Reading } from './reading.ts'

export type { MessageReader, Reading } from './reading.ts'

/** Readers of headers: each is asked once. */
const ofHeaders: readonly MessageReader[] = [traceContext, spring, schemaHeaders]
/** Readers that make another body out of the body: the first that answers is believed, and what is inside is read again. */
const ofWrapping: readonly MessageReader[] = [compressed, confluent]
/** Readers of the body as it is in the end: the first that answers is believed. */
const ofBody: readonly MessageReader[] = [
  cloudEvents,
  celery,
  dramatiq,
  nest,
  connect,
  moleculer,
  languageObjects,
  packed,
]

/** Bodies within bodies that are read. */
const maxLayers = 4

/** A message as its readers understand it. */
export interface ReadMessage {
  readonly readings: readonly Reading[]
  /** The body inside all wrappings; the message's own where there are none. */
  readonly body: Uint8Array | null
}

/**
 * What is known of the forms that people send: compression, schema ids, tasks, events, traces. Nothing of it is stored or compared.
 *
 * @param own readers of one's own, asked before the others; one that answers is believed
 */
export function readMessage(message: Message, own: readonly MessageReader[] = []): ReadMessage {
  const readings: Reading[] = []
  for (const reader of ofHeaders) add(readings, reader(message))
  let inner = message
  for (let layer = 0; layer < maxLayers; layer++) {
    const reading = first(ofWrapping, inner)
    if (reading === undefined) break
    readings.push(reading)
    if (reading.inner === undefined) return { readings, body: inner.value }
    inner = { ...inner, value: reading.inner }
  }
  add(readings, first([...own, ...ofBody], inner))
  return { readings, body: inner.value }
}

function first(readers: readonly MessageReader[], message: Message): Reading | undefined {
  for (const reader of readers) {
    const reading = reader(message)
    if (reading !== undefined) return reading
  }
  return undefined
}

function add(readings: Reading[], reading: Reading | undefined): void {
  if (reading !== undefined) readings.push(reading)
}
