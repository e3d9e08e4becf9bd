import { copyFileSync, existsSync, rmSync, truncateSync } from 'node:fs'
import { inspectCassette } from '@x07-lab/msg-core/format'
import { whyFailed } from '../../system-error.ts'
import { exitCodes, UserError } from '../../user-error.ts'
import { locate } from './locate.ts'
import type { CommandResult } from '../result.ts'

/**
 * Cuts a torn cassette behind its last whole entry. The file as it was stays beside it, as `FILE.torn`.
 *
 * @throws UserError where such a copy is already there, nothing would be left (the file may be no cassette at all), or the
 *   file cannot be copied or cut: then all is as it was
 */
export function repair(root: string, file: string): CommandResult {
  const path = locate(root, file)
  const state = inspectCassette(path, file)
  if (state === undefined || state.damage === undefined) {
    return {
      document: { file, repaired: false, entries: state?.entries ?? 0 },
      lines: [`whole     ${file} (${state?.entries ?? 0} entries): nothing to repair`],
      exitCode: exitCodes.ok,
    }
  }
  if (state.entries === 0) {
    throw new UserError(
      `repair ${file}: it holds no whole entry, so there is nothing to keep; check that it is a cassette, or record it again`,
      exitCodes.environment,
    )
  }
  const backup = `${path}.torn`
  if (existsSync(backup))
    throw new UserError(
      `repair ${file}: ${backup} is there from an earlier repair; move it away first`,
      exitCodes.environment,
    )
  cut(path, state.validBytes, backup, file)
  const dropped = state.fileBytes - state.validBytes
  return {
    document: { file, repaired: true, entries: state.entries, dropped_bytes: dropped, backup },
    lines: [
      `repaired  ${file}: ${state.entries} entries kept, ${dropped} bytes dropped; the file as it was is ${backup}`,
    ],
    exitCode: exitCodes.ok,
  }
}

function cut(path: string, bytes: number, backup: string, file: string): void {
  let copied = false
  try {
    copyFileSync(path, backup)
    copied = true
    truncateSync(path, bytes)
  } catch (cause) {
    // The file is as it was: its copy would only stand in the way of the next try.
    if (copied) rmSync(backup)
    throw new UserError(
      `repair ${file}: ${whyFailed(cause)}; it has to be writable, and its folder too, for a copy of it`,
      exitCodes.environment,
      { cause },
    )
  }
}
