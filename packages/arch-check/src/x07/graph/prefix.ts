import type { Rules } from './input.ts'

/**
 * Whether a name begins with a prefix. X07 compares characters, so `app.core` takes `app.corexyz` too. Our own rules want
 * a segment to end where the prefix does: the name ends there, the prefix ends with a mark (`.`, `/`, `-` …), or the
 * name goes on with `.`, `/` or `:`.
 */
export function hasPrefix(name: string, prefix: string, rules: Rules): boolean {
  if (!name.startsWith(prefix)) return false
  if (rules === 'x07' || name.length === prefix.length || !ENDS_OPEN.test(prefix)) return true
  return SEGMENT_ENDS.has(name.charAt(prefix.length))
}

const ENDS_OPEN = /[\p{L}\p{N}]$/u
const SEGMENT_ENDS = new Set(['.', '/', ':'])
