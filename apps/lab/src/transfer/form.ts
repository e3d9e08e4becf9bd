import { isUtf8 } from 'node:buffer'
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

/**
 * The text of a line that has to be UTF-8: what is not would become other bytes without a word.
 *
 * @param why what may have made it otherwise
 * @throws FormError
 */
export function lineText(line: Uint8Array, where: string, why: string): string {
  if (!isUtf8(line)) throw new FormError(`${where}: it is not UTF-8${why === '' ? '' : `: ${why}`}`)
  return Buffer.from(line.buffer, line.byteOffset, line.length).toString()
}

/** Half of a surrogate pair, written as an escape: no text in UTF-8 has it. */
const halfPair = /\\u[dD][89a-fA-F]/

/** An object of JSON's. @throws FormError */
export function parseObject(text: string, where: string, form: string): Readonly<Record<string, unknown>> {
  let value: unknown
  try {
    value = JSON.parse(text, halfPair.test(text) ? wellFormed : undefined)
  } catch (error) {
    if (error instanceof HalfPair)
      throw new FormError(`${where}: it holds half of a surrogate pair, which no bytes are`)
    throw new FormError(`${where}: it is not JSON, expected ${form}`)
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new FormError(`${where}: it is not a JSON object, expected ${form}`)
}

class HalfPair extends Error {}

function wellFormed(name: string, value: unknown): unknown {
  if (!name.isWellFormed() || (typeof value === 'string' && !value.isWellFormed())) throw new HalfPair()
  return value
}

/** A field that has to be there as text. @throws FormError */
export function textField(object: Readonly<Record<string, unknown>>, name: string, where: string): string {
  const value = object[name]
  if (typeof value === 'string') return value
  throw new FormError(`${where}: "${name}" is ${value === undefined ? 'missing' : 'not text'}`)
}
