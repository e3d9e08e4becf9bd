import type { Finding, Position } from '../finding.ts'
import { ownFinding } from '../findings.ts'

/** The finding about a file that is reached through a link out of the repository. */
export function outsideFinding(at: Position): Finding {
  const message = `follow ${at.file}: it leads out of the repository, so its content is not under version control`
  return ownFinding('E_ARCH_PATH_OUTSIDE_REPO', message, at)
}
