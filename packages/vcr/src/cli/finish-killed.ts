import { existsSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

import { appendSeal, CASSETTE_FOLDER, inspectCassette, partFileName } from '@x07-lab/msg-core/format'
import { scanCassette, secretsOf, SecretsFound } from '@x07-lab/msg-core/redact'
import { openCassette } from '@x07-lab/msg-core/rr'

import type { SlotFile } from '../process/slot.ts'
import { signalEntry } from '../session/entries.ts'
import { staysText } from '../session/missing-session.ts'
import { socketLimits } from '../session/limits.ts'
import type { SessionReport } from '../session/session.ts'

/**
 * Completes the recording of a process that could not do it itself, because a signal killed it: what it wrote is whole up to
 * some ten milliseconds before it died (`FlushPolicy`), and the signal is its last entry, so that a replay ends the same way.
 */
export async function finishKilled(
  { report, partial, summary = {}, missing }: SlotFile,
  root: string,
  signal: NodeJS.Signals | null,
): Promise<SessionReport> {
  if (partial === undefined || report.notUnderstood.length > 0) return { ...report, ...(partial && { partial }) }
  const path = join(root, partial)
  if (missing !== undefined) {
    if (report.divergenceCount > 0) return { ...report, partial, problem: staysText(report.cassette, report) }
    if (missing.nothingNew) {
      rmSync(path, { force: true })
      return { ...report, mode: 'replay' }
    }
    if (!missing.playedAll) {
      return {
        ...report,
        partial,
        problem: `${report.cassette} stays as it was: the process ended before it had done all that is recorded`,
      }
    }
  }
  try {
    if (existsSync(partFileName(path, 2))) throw new Error('it is in parts, and its end was killed; record it again')
    const state = inspectCassette(path, report.cassette)
    if (state?.damage !== undefined) throw state.damage
    // What its own end would have done: a secret keeps the partial name.
    const findings = scanCassette(path, { secrets: secretsOf(process.env), name: partial })
    if (findings.length > 0) throw new SecretsFound(report.cassette, findings)
    const name = partial.slice(CASSETTE_FOLDER.length + 1)
    const config = { mode: 'record_v1', matchMode: 'lookup_v1', limits: socketLimits, path: name } as const
    const handle = await openCassette(config, { root })
    let entries = state?.entries ?? 0
    try {
      if (signal !== null) {
        handle.appendEntry(signalEntry(signal, 1))
        entries++
      }
      // Where it is not this process that knows of the signal, it was somebody of the run who killed it.
      appendSeal(handle, {
        path,
        entries,
        open: [],
        more: { ...(summary as Record<string, string>), idle_ticks: 0, ...(signal === null ? { killed: 1 } : {}) },
      })
    } finally {
      handle.close()
    }
    renameSync(path, join(root, CASSETTE_FOLDER, report.cassette))
    return { ...report, entries }
  } catch (error) {
    return { ...report, partial, problem: error instanceof Error ? error.message : String(error) }
  }
}
