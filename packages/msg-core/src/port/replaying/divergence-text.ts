import type { Divergence } from '../../playback/index.ts'

/** A divergence as a sentence: what was recorded, what came now. */
export function describeDivergence(divergence: Divergence): string {
  const lane = `${divergence.op} of ${divergence.key}`
  switch (divergence.kind) {
    case 'changed': {
      const fields = divergence.differences.map(({ field, recorded, now }) => `${field} was ${recorded}, is ${now}`)
      return `${lane}: the message differs from entry ${divergence.entry}: ${fields.join('; ')}`
    }
    case 'moved':
      return divergence.before === null
        ? `${lane}: entry ${divergence.entry} came in another order`
        : `${lane}: entry ${divergence.entry} came before entry ${divergence.before}, which was first in the recording`
    case 'extra':
      return typeof divergence.before !== 'number'
        ? `${lane}: one more than was recorded, at the end`
        : `${lane}: one more than was recorded, before entry ${divergence.before}`
    case 'settled_differently':
      return divergence.recorded === 'never'
        ? `${lane}: entry ${divergence.entry} was never settled, now with ${divergence.now}`
        : `${lane}: entry ${divergence.entry} was settled with ${divergence.recorded}, now with ${divergence.now}`
    case 'settled_again':
      return `${lane}: entry ${divergence.entry} was settled once, now again with ${divergence.outcome}`
    case 'unsettled':
      return `${lane}: ${divergence.count} ${divergence.count === 1 ? 'delivery was' : 'deliveries were'} settled in the recording and not now, the first is entry ${divergence.entry}`
    case 'stalled':
      return divergence.entry === null
        ? `${lane}: the program waits, and the recording has nothing more to give`
        : `${lane}: the program waits, and the recording goes on when it ${goesOn[divergence.wanted ?? 'publish']} entry ${divergence.entry}`
    case 'unused':
      return divergence.count === 1
        ? `${lane}: entry ${divergence.entry} of the recording was left out`
        : `${lane}: ${divergence.count} entries of the recording were left out, the first is entry ${divergence.entry}`
  }
}

const goesOn = {
  publish: 'publishes the message of',
  settle: 'settles the delivery of',
  iterate: 'begins or ends the iteration of',
  topology: 'makes the topology of',
  transaction: 'begins or ends the transaction of',
} as const
