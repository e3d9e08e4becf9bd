import { join } from 'node:path'
import type { LockParts } from '../contracts/context.ts'
import type { ContractModel } from '../contracts/model.ts'
import { CASSETTES_LOCK_PATH, cassettesLockText } from '../lock/cassettes-lock.ts'
import { CONTRACTS_LOCK_PATH, contractsLockText } from '../lock/contracts-lock.ts'
import { manifestLockText } from '../lock/manifest-lock.ts'
import { PROJECT_LOCK_PATH, type ProjectPins, projectLockText } from '../project/lock.ts'
import type { Opened } from './open-manifest.ts'
import type { Pass } from './pass-state.ts'
import type { LockFile } from './result.ts'

/**
 * The locks as they would be now.
 * @throws where the manifest lies outside the repository, so that no lock can name it
 */
export function lockFiles(
  pass: Pass,
  opened: Opened,
  parts: LockParts,
  model: ContractModel,
  pins: ProjectPins | undefined,
): LockFile[] {
  const { root, rules, manifestFile } = pass
  if (opened.outside) {
    throw new Error(`write the manifest lock: ${manifestFile} lies outside the repository ${root}`)
  }
  const files = [{ path: opened.lockPath, text: manifestLockText(manifestFile, opened.hash, opened.scan) }]
  if (opened.manifest.contracts_v1 !== undefined) {
    files.push({ path: join(root, CONTRACTS_LOCK_PATH), text: contractsLockText(parts) })
  }
  const cassettes = rules === 'all' ? cassettesLockText(root, model) : undefined
  if (cassettes !== undefined) files.push({ path: join(root, CASSETTES_LOCK_PATH), text: cassettes })
  const project = pins === undefined ? undefined : projectLockText(root, pins)
  if (project !== undefined) files.push({ path: join(root, PROJECT_LOCK_PATH), text: project })
  return files
}
