import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { withVcr, type Driver } from '../../packages/msg-core/src/index.ts'

/** What a program came to with a driver, and what the same program comes to in the replay of that, with no broker. Closes the driver. */
export async function recordedAndReplayed<T>(
  driver: Driver,
  program: (driver: Driver) => Promise<T>,
): Promise<{ readonly live: T; readonly replayed: T }> {
  const root = mkdtempSync(join(tmpdir(), 'x07-recorded-'))
  const options = { cassette: 'run', root, ci: false }
  try {
    const live = await withVcr({ ...options, live: () => Promise.resolve(driver) }, program)
    const replay = { ...options, live: () => Promise.reject(new Error('there is no broker')) }
    return { live, replayed: await withVcr(replay, program) }
  } finally {
    rmSync(root, { recursive: true })
  }
}
