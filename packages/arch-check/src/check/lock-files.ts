import { isDeepStrictEqual } from 'node:util'
import { join } from 'node:path'
import type { LockParts } from '../x07/contracts/context.ts'
import { CASSETTES_LOCK_PATH } from '../project/cassettes-lock.ts'
import { CONTRACTS_LOCK_PATH, contractsLockText } from '../x07/lock/contracts-lock.ts'
import { manifestLockText } from '../x07/lock/manifest-lock.ts'
import type { checkOwnRules } from '../project/index.ts'
import { PROJECT_LOCK_PATH, projectLockText } from '../project/lock.ts'
import type { Opened } from './open-manifest.ts'
import type { Pass } from './pass-state.ts'
import type { LockFile } from './result.ts'

/**
 * The locks as they would be now. A manifest lock that says the same is not among them, however it is laid out: X07 leaves
 * it as it is.
 *
 * @param own what the rules of our own found; absent under X07's rules, which know none of their locks
 * @throws where the manifest lies outside the repository, so that no lock can name it
 */
export function lockFiles(
  pass: Pass,
  opened: Opened,
  parts: LockParts,
  own: ReturnType<typeof checkOwnRules> | undefined,
): LockFile[] {
  const { root, manifestFile } = pass
  if (opened.outside) {
    throw new Error(`write the manifest lock: ${manifestFile} lies outside the repository ${root}`)
  }
  const files: LockFile[] = []
  const add = (path: string, text: string | undefined): void => {
    if (text !== undefined) files.push({ path: join(root, path), text })
  }
  const manifest = manifestLockText(manifestFile, opened.hash, opened.scan)
  if (!isDeepStrictEqual(opened.lock?.value, JSON.parse(manifest)))
    files.push({ path: opened.lockPath, text: manifest })
  if (opened.manifest.contracts_v1 !== undefined) add(CONTRACTS_LOCK_PATH, contractsLockText(parts))
  if (own !== undefined) {
    add(CASSETTES_LOCK_PATH, own.cassettes.lock)
    add(PROJECT_LOCK_PATH, projectLockText(root, own.pins))
  }
  return files
}
