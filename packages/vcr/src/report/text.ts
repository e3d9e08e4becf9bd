import { oneLine } from '@x07-lab/msg-core/kit'
import type { Awaited } from '@x07-lab/msg-core/driver'

import type { SessionReport } from '../session/session.ts'

/** What a stalled replay waits for. */
export function awaitedText(waitingFor: readonly Awaited[]): string {
  if (waitingFor.length === 0) return 'the program waits, and the recording has nothing more to give'
  const shown = waitingFor
    .slice(0, 5)
    .map(({ entry, key, text }) => `${key === text ? key : `${key}: ${text}`} of entry ${entry}`)
  const more = waitingFor.length > shown.length ? ` and ${waitingFor.length - shown.length} more` : ''
  const [were, them] = waitingFor.length === 1 ? ['was', 'it'] : ['were', 'them']
  return `${shown.join(', ')}${more} ${were} recorded and not done, and what comes next waits for ${them}`
}

/** What a session came to: {@link reportLines} as one text, of which each line is safe to show. */
export function reportText(report: SessionReport): string {
  return reportLines(report).map(oneLine).join('\n')
}

/** What a session came to, in one line for each thing that there is to say. */
export function reportLines(report: SessionReport): string[] {
  return report.mode === 'record' ? recordedLines(report) : replayedLines(report)
}

/** Why nothing was seen: the program spoke to servers of its own, or with a client that is not Node's. */
export function unseenText({ ownServers = [], nativeClient }: Partial<SessionReport>): string {
  const own =
    ownServers.length === 0 ? '' : `; ${ownServers.join(', ')}: the program listens there itself, which is not recorded`
  if (nativeClient === undefined) return own
  return `${own}; ${nativeClient} is a native client, whose sockets are not Node's: record it with vcr proxy, replay it with vcr serve`
}

function recordedLines(report: SessionReport): string[] {
  const { cassette, entries, notUnderstood, problem, partial } = report
  const lines = notUnderstood.map(
    ({ protocol, endpoint, why }) =>
      `${endpoint.host}:${endpoint.port} began as ${protocol} and went on with what is not understood: ${why}`,
  )
  if (problem !== undefined) lines.push(problem)
  const kept = partial === undefined ? '' : `; what was recorded is kept as ${partial}`
  if (lines.length > 0) return [`recorded no cassette ${cassette}${kept}`, ...lines.map((line) => `  ${line}`)]
  return [
    entries === 0
      ? `recorded nothing for ${cassette}: no connection to a broker was seen${unseenText(report)}`
      : `recorded ${cassette}: ${entries} entries`,
  ]
}

function replayedLines({ cassette, entries, divergences, divergenceCount, relaxed, problem }: SessionReport): string[] {
  if (problem !== undefined) return [problem]
  const counted = Object.entries(relaxed).map(([what, count]) => `${what} ${count}`)
  const notes = counted.length === 0 ? '' : ` (${counted.join(', ')})`
  if (divergenceCount === 0) return [`replayed ${cassette}: ${entries} entries, no divergence${notes}`]
  const shown = divergences.slice(0, 10).map(({ text }) => `  ${text}`)
  const more = divergenceCount > shown.length ? [`  and ${divergenceCount - shown.length} more`] : []
  const head = `replayed ${cassette}: ${divergenceCount} ${divergenceCount === 1 ? 'divergence' : 'divergences'}${notes}`
  return [head, ...shown, ...more]
}
