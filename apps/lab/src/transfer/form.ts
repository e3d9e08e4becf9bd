import type { Message, Metadata } from '@x07-lab/msg-core'
import type { Wire } from '@x07-lab/msg-core/driver'

/** A message on its way in or out, with what a broker said of it. */
export interface Carried {
  readonly message: Message
  readonly metadata: Metadata
  /** What it is called in messages to people: `entry 12`, `line 3`, `rabtap-17.json`. */
  readonly where: string
}

/** Told what of a message a form cannot carry. */
export type Lose = (where: string, what: string) => void

/** A form that other tools write. Lines without their ends; they may be many. */
export interface LineForm {
  readonly wire: Wire | undefined
  /** Whether a line's bytes are the message's own, so that nothing in it may be escaped. */
  readonly exact?: boolean
  /** Lines for messages; what cannot be said is told, and left out or written as near as can be. */
  readonly write?: (messages: Iterable<Carried>, lose: Lose) => Iterable<string>
  /**
   * The message in a line; undefined for a line that holds none.
   *
   * @throws FormError where the line is not of the form
   */
  readonly read?: (line: Uint8Array, number: number, topic: string | undefined) => Carried | undefined
}

/** A line or file that is not of the form that was named; the message says where and what was expected. */
export class FormError extends Error {
  override readonly name = 'FormError'
}

/** An object of JSON's. @throws FormError */
export function parseObject(text: string, where: string, form: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new FormError(`${where}: it is not JSON, expected ${form}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new FormError(`${where}: it is not a JSON object, expected ${form}`)
}

/** A field that has to be there as text. @throws FormError */
export function textField(object: Readonly<Record<string, unknown>>, name: string, where: string): string {
  const value = object[name]
  if (typeof value === 'string') return value
  throw new FormError(`${where}: "${name}" is ${value === undefined ? 'missing' : 'not text'}`)
}
