import { canonicalJsonBytes } from '@x07-lab/msg-core/format'
import { ObsError } from '../error.ts'

/**
 * The RFC 8785 bytes of a value, with no line feed after them.
 *
 * @throws ObsError `invalid_report` for the first value that JSON or RFC 8785 would change in silence, with its place
 */
export function canonicalBytes(value: unknown): Uint8Array {
  const bytes = bytesOf(value)
  refuseInexact(value, '')
  return bytes
}

function bytesOf(value: unknown): Uint8Array {
  try {
    return canonicalJsonBytes(value)
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause
    throw new ObsError('invalid_report', `write the report: ${cause.message}`, { cause })
  }
}

/** An integer of this size has been rounded before it came here, or will be by whoever reads it. */
function refuseInexact(value: unknown, path: string): void {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const message = `write the report: the integer at "${path}" is beyond 2^53 - 1 and may not be exact, write it as text`
    throw new ObsError('invalid_report', message)
  }
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) refuseInexact(member, `${path}/${name}`)
}
