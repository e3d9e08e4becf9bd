import { describeDivergence } from '@x07-lab/msg-core'
import type { ReplayOutcome } from '../commands/replay.ts'
import type { DeliverySummary } from '../delivery/report.ts'
import type { Derived } from './derive.ts'

/** What a program made of a plan's faults. */
export interface FaultVerdict {
  readonly cassette: string
  readonly plan: string
  readonly expect: 'hold' | 'break'
  /** `hold`: the program came to the aggregate of the recording, and did nothing that the tape does not have. */
  readonly verdict: 'hold' | 'break'
  /** Why it broke. */
  readonly why?: string
  readonly out: string
  readonly delivery: DeliverySummary
}

export function judge({ from, plan, expect }: Derived, outcome: ReplayOutcome): FaultVerdict {
  const why = whyBroken(outcome)
  const base = { cassette: from, plan, expect, out: outcome.out, delivery: outcome.delivery }
  return why === undefined ? { ...base, verdict: 'hold' } : { ...base, verdict: 'break', why }
}

function whyBroken({ failed, stopped, divergences, comparisons }: ReplayOutcome): string | undefined {
  const [divergence] = divergences
  if (failed !== undefined) return `it ended with ${failed}`
  if (divergence !== undefined) return describeDivergence(divergence)
  if (stopped !== undefined) return stopped
  const aggregate = comparisons.find(({ name }) => name === 'aggregate.json')
  if (aggregate?.outcome !== 'differs') return undefined
  return `its aggregate is another one, from byte ${aggregate.first?.offset ?? 0} on`
}

/** What `replay --faults` says: a line for each plan, and why where it broke. */
export function renderVerdicts(verdicts: readonly FaultVerdict[]): string[] {
  const lines = verdicts.flatMap(({ cassette, plan, expect, verdict, why, delivery }) => {
    const word = `${verdict === 'hold' ? 'holds' : 'breaks'}${verdict === expect ? '' : ', unexpected'}`
    const broken = Object.entries(delivery.broken).map(([rule, count]) => `${rule} ${count}`)
    const seen = broken.length === 0 ? '' : `  delivery: ${broken.join(', ')}`
    return [`${word.padEnd(18)} ${plan} on ${cassette}${seen}`, ...(why === undefined ? [] : [`  ${why}`])]
  })
  const odd = verdicts.filter(({ verdict, expect }) => verdict !== expect).length
  const summary = odd === 0 ? 'all as expected' : `${odd} not as expected`
  return [...lines, `${verdicts.length} plans: ${summary}`]
}
