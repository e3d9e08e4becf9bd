import { link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { exitCodes, UserError } from '../../user-error.ts'
import type { Clock } from '../clock.ts'
import { errorCode } from '../error-code.ts'
import { identify, isAlive, isIdentity, type ProcessIdentity } from '../process/identity.ts'

const LOCK_FILE = 'lock'
const POLL_MS = 100

/** Longer than any start takes (the first one downloads), so a lock held this long is worth a message. */
const LOCK_TIMEOUT_MS = 900_000

/**
 * Runs `work` while no other process works on this folder. Waits for its turn; a lock whose owner died is taken over.
 * @throws UserError when the owner, still alive, keeps it for longer than 15 minutes
 */
export async function withLock<T>(
  folder: string,
  options: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const path = join(folder, LOCK_FILE)
  const self = await identify(process.pid)
  if (self === undefined) throw new Error(`lock ${folder}: cannot tell when this process started`)
  await takeLock(path, self, options)
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** Counts the callers of one process, which would otherwise share a name. */
const tickets = (function* (): Generator<number, number> {
  for (let ticket = 0; ; ticket += 1) yield ticket
})()

async function takeLock(
  path: string,
  self: ProcessIdentity,
  { clock, signal }: { readonly clock: Clock; readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const begin = clock.now()
  const mine = `${path}.${self.pid}.${tickets.next().value}`
  // The file is complete before it gets the lock's name: nobody ever reads half an owner.
  await writeFile(mine, JSON.stringify(self), { mode: 0o600 })
  try {
    for (;;) {
      if (await tryLink(mine, path)) return
      const held = await readOwner(path)
      if (held !== undefined && !(held.owner !== undefined && (await isAlive(held.owner)))) {
        await evict(path, held.text, `${mine}.stale`)
        continue
      }
      if (clock.now() - begin >= LOCK_TIMEOUT_MS) {
        throw new UserError(
          `lock ${path}: process ${held?.owner?.pid ?? 'unknown'} has held it for ${LOCK_TIMEOUT_MS / 60_000} minutes; ` +
            'end that process and try again',
          exitCodes.environment,
        )
      }
      await clock.sleep(POLL_MS, signal)
    }
  } finally {
    await rm(mine, { force: true })
  }
}

async function tryLink(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to)
    return true
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false
    throw error
  }
}

/** Who holds the lock, and the text that says so; an owner that cannot be read counts as dead. */
async function readOwner(path: string): Promise<{ owner: ProcessIdentity | undefined; text: string } | undefined> {
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    return { owner: isIdentity(value) ? value : undefined, text }
  } catch {
    return { owner: undefined, text }
  }
}

/** Takes a dead owner's lock out of the way. Somebody may have been faster: then theirs is put back. */
async function evict(path: string, judged: string, aside: string): Promise<void> {
  try {
    await rename(path, aside)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw error
  }
  const taken = await readFile(aside, 'utf8')
  if (taken !== judged) await tryLink(aside, path)
  await rm(aside, { force: true })
}
