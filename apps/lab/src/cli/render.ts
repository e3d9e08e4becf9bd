import { shellWord } from '@x07-lab/msg-core/kit'
import { join, relative } from 'node:path'
import { describeDivergence, type Divergence } from '@x07-lab/msg-core'
import { describeDelivery } from '../delivery/finding.ts'
import type { DeliverySummary } from '../delivery/report.ts'
import type { RecordOutcome } from '../commands/record.ts'
import type { ReplayOutcome } from '../commands/replay.ts'
import { divergencesName } from '../results/artefacts.ts'

/** Divergences shown to people; the report holds more. */
const shownDivergences = 5

const unsealed = 'the cassette is unsealed: nothing vouches for its bytes'

/** What `lab record` says when it is done. */
export function renderRecord(outcome: RecordOutcome, cwd: string): string[] {
  const { driver, published, foreign, duplicates, cassette, entries, out, kept, notCanonical } = outcome
  const broker = driver.broker === 'memory' ? 'the in-memory driver' : `${driver.broker} (${driver.client})`
  return [
    `recorded ${count(published, 'message')} on ${broker}${ofOthers(foreign)}${duplicates > 0 ? `, ${count(duplicates, 'duplicate')} apart` : ''}`,
    ...(outcome.missing === undefined ? [] : [renderMissing(outcome.missing)]),
    ...(notCanonical > 0 ? [`${count(notCanonical, 'payload')} not in RFC 8785 form`] : []),
    cassette === null ? 'no cassette: mode off' : `cassette  ${cassette} (${entries} entries)`,
    `results   ${shortPath(out, cwd)}: aggregate.json report.json metrics.txt delivery.json`,
    ...renderDelivery(outcome.delivery),
    ...Object.entries(kept).map(([logical, name]) => `kept      ${logical} as ${name}`),
  ]
}

function renderMissing({ hits, misses, unused }: NonNullable<RecordOutcome['missing']>): string {
  const left =
    unused === 0 ? '' : `; ${unused} recorded ones were not asked for${misses === 0 ? '' : ' and are left out'}`
  if (misses === 0)
    return `missing   nothing: ${hits} publishes and deliveries came from the cassette, which is as it was${left}`
  return `missing   ${misses} publishes and deliveries, recorded now; ${hits} came from the cassette${left}`
}

/** What `lab replay` says of one cassette. */
export function renderReplay(outcome: ReplayOutcome, cwd: string): string[] {
  if (outcome.failed !== undefined) {
    return [
      `replayed  ${outcome.cassette} with no broker up to its recorded failure: ${outcome.failed}`,
      ...renderDelivery(outcome.delivery),
      'no results: the recorded run has none either',
      'verdict   identical',
    ]
  }
  if (outcome.stopped !== undefined) {
    return [
      `replayed  ${outcome.cassette} with no broker up to where the program left the recording`,
      ...(outcome.sealed ? [] : [unsealed]),
      ...renderDivergences(outcome),
      `stopped   ${outcome.stopped}`,
      ...renderDelivery(outcome.delivery),
      'no results: the run did not come to its end',
      ...whereToLook(outcome, cwd),
      `verdict   stopped: ${count(outcome.divergenceCount, 'divergence')}`,
    ]
  }
  const lines = [
    `replayed ${count(outcome.published, 'message')} from ${outcome.cassette} with no broker${ofOthers(outcome.foreign)}`,
  ]
  if (!outcome.sealed) lines.push(unsealed)
  lines.push(...renderDivergences(outcome))
  for (const { name, outcome: result, first } of outcome.comparisons) {
    if (result === 'identical') lines.push(`identical ${name}`)
    else if (result === 'not_recorded') lines.push(`no record ${name}: the cassette holds no result to compare with`)
    else
      lines.push(
        `differs   ${name} at byte ${first?.offset ?? 0}: recorded ${JSON.stringify(first?.recorded)}, now ${JSON.stringify(first?.now)}`,
      )
  }
  lines.push(...renderDelivery(outcome.delivery))
  lines.push(`results   ${shortPath(outcome.out, cwd)}`, ...whereToLook(outcome, cwd), verdict(outcome))
  return lines
}

/** The findings of a delivery report, the first of them. */
export function renderDelivery({ findings, broken }: DeliverySummary): string[] {
  const lines = findings.slice(0, shownDivergences).map((finding) => `delivery  ${describeDelivery(finding)}`)
  const more = Object.values(broken).reduce((sum, count) => sum + count, 0) - lines.length
  return more > 0 ? [...lines, `delivery  and ${more} more, in delivery.json`] : lines
}

/** Messages that the run consumed and did not publish. */
function ofOthers(foreign: number): string {
  return foreign > 0 ? `, and ${foreign} of others` : ''
}

function renderDivergences({ divergences, divergenceCount }: ReplayOutcome): string[] {
  const lines = divergences.slice(0, shownDivergences).map((one) => `diverged  ${describeDivergence(one)}`)
  const more = divergenceCount - lines.length
  return more > 0 ? [...lines, `diverged  ${more} more ${more === 1 ? 'divergence' : 'divergences'}`] : lines
}

/** What to type to see the message that a divergence speaks of, in the terminal and in a browser. */
function whereToLook({ cassette, divergences, out }: ReplayOutcome, cwd: string): string[] {
  if (divergences.length === 0) return []
  // A message that differs says more than what came in another order for it.
  const entry = [...divergences.filter(({ kind }) => kind === 'changed'), ...divergences]
    .map(entryOf)
    .find((one) => one !== undefined)
  const report = shellWord(join(shortPath(out, cwd), divergencesName))
  const name = shellWord(cassette.replace(/\.rrbin$/, ''))
  return [
    ...(entry === undefined ? [] : [`look      pnpm lab cassette show ${name} --entry ${entry}`]),
    `page      pnpm lab cassette page ${name} --report ${report} --open`,
  ]
}

function entryOf(divergence: Divergence): number | undefined {
  const { entry, before } = divergence as { readonly entry?: number | null; readonly before?: number | null }
  return entry ?? before ?? undefined
}

function verdict({ identical, divergenceCount, comparisons }: ReplayOutcome): string {
  if (identical) return 'verdict   identical'
  const differing = comparisons.filter(({ outcome }) => outcome === 'differs').length
  const found = [
    ...(divergenceCount > 0 ? [count(divergenceCount, 'divergence')] : []),
    ...(differing > 0 ? [count(differing, 'result')] : []),
  ]
  return `verdict   differs${found.length === 0 ? '' : `: ${found.join(', ')}`}`
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path)
  return short === '' ? '.' : short.startsWith('..') ? path : short
}
