import type { Divergence } from '../../playback/index.ts'

/** A divergence as a sentence: what was recorded, what came now, and what to do. */
export function describeDivergence(divergence: Divergence): string {
  const lane = `${divergence.op} of ${divergence.key}`
  switch (divergence.kind) {
    case 'changed': {
      if (divergence.sameAs !== undefined) {
        return `${lane}: entry ${divergence.entry} is another message; these bytes were recorded as entry ${divergence.sameAs}, so the order of publishing has changed`
      }
      const fields = divergence.differences.map(({ field, recorded, now }) => `${field} was ${recorded}, is ${now}`)
      return `${lane}: the message differs from entry ${divergence.entry}: ${fields.join('; ')}`
    }
    case 'extra':
      return `${lane}: one publish more than the ${divergence.recorded} recorded`
    case 'settled_differently':
      return `${lane}: entry ${divergence.entry} was settled with ${divergence.recorded}, now with ${divergence.now}`
    case 'stalled':
      return divergence.entry === null
        ? `${lane}: the program waits, and the recording has nothing more to give`
        : `${lane}: the program waits, and the recording goes on when it ${divergence.wanted === 'publish' ? 'publishes the message' : 'settles the delivery'} of entry ${divergence.entry}`
    case 'unused':
      return `${lane}: ${divergence.count} recorded ${divergence.count === 1 ? 'entry was' : 'entries were'} never asked for, the first is entry ${divergence.entry}`
  }
}
