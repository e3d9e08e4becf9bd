import { pointerTokens } from '@x07-lab/msg-core/json'
import { UserError } from '../user-error.ts'

/**
 * The steps of a JSON Pointer (RFC 6901).
 *
 * @throws UserError where the text is none
 */
export function parsePointer(text: string): string[] {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text)) {
    throw new UserError(`--key ${JSON.stringify(text)}: not a JSON Pointer; write for example /customer/id`)
  }
  return pointerTokens(text)
}

/** The value at a pointer, undefined where there is none. */
export function valueAt(value: unknown, steps: readonly string[]): unknown {
  let at = value
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined
    at = (at as Record<string, unknown>)[step]
  }
  return at
}
