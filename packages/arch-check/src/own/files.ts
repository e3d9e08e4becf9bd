import { readdirSync, realpathSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { underRoot } from '../files/paths.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { compareUtf8 } from '../order.ts'
import type { OwnRuleInput } from './input.ts'

/** The folder of each group whose every JSON file an index should name. */
const FOLDERS = [
  ['rr', 'arch/rr'],
  ['budgets', 'arch/budgets'],
  ['msg', 'arch/msg'],
  ['msg_kafka', 'arch/msg/kafka'],
  ['msg_amqp', 'arch/msg/amqp'],
  ['obs', 'arch/obs'],
] as const satisfies (readonly [keyof ContractsV1, string])[]

/** Folders and files looked at for contracts no index names; a contract tree is small. */
const MAX_ENTRIES = 100_000

/** Contract files no index names, and contract paths that lead out of the repository. */
export function checkFiles(input: OwnRuleInput): Finding[] {
  return [...checkUnreferenced(input), ...checkOutside(input)]
}

function checkUnreferenced({ root, manifest, context }: OwnRuleInput): Finding[] {
  const groups = manifest.contracts_v1
  if (groups === undefined) return []
  const present = new Set<string>()
  for (const [group, folder] of FOLDERS) if (groups[group] !== undefined) jsonFilesBelow(root, folder, present)
  return [...present]
    .filter((path) => !context.named.has(path))
    .toSorted(compareUtf8)
    .map((file) =>
      ownFinding(
        'W_ARCH_CONTRACT_UNREFERENCED',
        `look at ${file}: no index names it, so it is neither checked nor locked`,
        { file, line: 1, col: 1 },
        { severity: 'warning' },
      ),
    )
}

function jsonFilesBelow(root: string, folder: string, found: Set<string>): void {
  const pending = [folder]
  for (let next = pending.pop(); next !== undefined && found.size < MAX_ENTRIES; next = pending.pop()) {
    let entries
    try {
      entries = readdirSync(join(root, next), { withFileTypes: true })
    } catch {
      continue
    }
    for (const entry of entries) {
      const path = `${next}/${entry.name}`
      if (entry.isDirectory()) pending.push(path)
      else if (entry.isFile() && entry.name.endsWith('.json')) found.add(path)
    }
  }
}

/** A symbolic link below the root may point anywhere; what it leads to is not under the repository's control. */
function checkOutside({ root, context }: OwnRuleInput): Finding[] {
  const realRoot = realpathSync(root)
  const folders = new Map<string, Folder>()
  return [...context.documents.keys()].toSorted(compareUtf8).flatMap((file) => {
    const full = underRoot(root, file)
    const cut = full.lastIndexOf('/')
    const path = full.slice(0, cut)
    const folder = folders.get(path) ?? lookAt(path, realRoot)
    folders.set(path, folder)
    const isLink = folder.links.has(full.slice(cut + 1))
    if (!folder.outside && !(isLink && isOutside(realRoot, full))) return []
    const message = `follow ${file}: it leads out of the repository, so its content is not under version control`
    return [ownFinding('E_ARCH_PATH_OUTSIDE_REPO', message, { file, line: 1, col: 1 })]
  })
}

interface Folder {
  outside: boolean
  /** The names in it that are symbolic links. */
  links: ReadonlySet<string>
}

function lookAt(path: string, realRoot: string): Folder {
  const entries = readdirSync(path, { withFileTypes: true })
  const links = entries.filter((entry) => entry.isSymbolicLink()).map((entry) => entry.name)
  return { outside: isOutside(realRoot, path), links: new Set(links) }
}

function isOutside(realRoot: string, path: string): boolean {
  const inside = relative(realRoot, realpathSync(path))
  return inside === '..' || inside.startsWith(`..${sep}`)
}
