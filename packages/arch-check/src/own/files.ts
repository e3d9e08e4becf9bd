import { readdirSync } from 'node:fs'
import type { ContractModel } from '../contracts/model.ts'
import { leadsOutside } from '../files/outside.ts'
import { underRoot } from '../files/paths.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import type { ContractsV1 } from '../manifest/types.ts'
import { compareUtf8 } from '../order.ts'
import type { OwnRuleInput } from './input.ts'
import { outsideFinding } from './outside.ts'

/** The folder of each group whose every JSON file an index should name, and the group's index as it was read. */
const FOLDERS = [
  ['rr', 'arch/rr', 'rr'],
  ['budgets', 'arch/budgets', 'budgets'],
  ['msg', 'arch/msg', 'msg'],
  ['msg_kafka', 'arch/msg/kafka', 'kafka'],
  ['msg_amqp', 'arch/msg/amqp', 'amqp'],
  ['obs', 'arch/obs', 'obs'],
] as const satisfies (readonly [keyof ContractsV1, string, keyof ContractModel])[]

/** Folders and files looked at for contracts no index names; a contract tree is small. */
const MAX_ENTRIES = 100_000

/** Contract files no index names, and contract paths that lead out of the repository. */
export function checkFiles(input: OwnRuleInput): Finding[] {
  const list = folderLister(input.root)
  return [...checkUnreferenced(input, list), ...checkOutside(input, list)]
}

/** What stands in a folder, its path without a slash at the end; undefined where it cannot be read. */
type ListFolder = (path: string) => Listing | undefined

interface Listing {
  folders: string[]
  jsonFiles: string[]
  links: ReadonlySet<string>
}

/** Lists each folder once, however often it is asked for. */
function folderLister(root: string): ListFolder {
  const known = new Map<string, Listing | undefined>()
  return (path) => {
    if (known.has(path)) return known.get(path)
    const listing = listFolder(underRoot(root, path))
    known.set(path, listing)
    return listing
  }
}

function listFolder(path: string): Listing | undefined {
  let entries
  try {
    entries = readdirSync(path, { withFileTypes: true })
  } catch {
    return undefined
  }
  const folders: string[] = []
  const jsonFiles: string[] = []
  const links = new Set<string>()
  for (const entry of entries) {
    if (entry.isFile()) {
      if (entry.name.endsWith('.json')) jsonFiles.push(entry.name)
    } else if (entry.isDirectory()) folders.push(entry.name)
    else if (entry.isSymbolicLink()) links.add(entry.name)
  }
  return { folders, jsonFiles, links }
}

function checkUnreferenced({ manifest, model, context }: OwnRuleInput, list: ListFolder): Finding[] {
  const groups = manifest.contracts_v1
  if (groups === undefined) return []
  const used = FOLDERS.filter(([group]) => groups[group] !== undefined)
  // What an index that cannot be used would name is not known; the index has a finding of its own.
  const seen = new Set<string>(used.filter(([, , index]) => model[index] === undefined).map(([, folder]) => folder))
  const unnamed: string[] = []
  let entries = 0
  const pending: string[] = used.map(([, folder]) => folder)
  for (let folder = pending.pop(); folder !== undefined && entries < MAX_ENTRIES; folder = pending.pop()) {
    if (seen.has(folder)) continue
    seen.add(folder)
    const listing = list(folder)
    if (listing === undefined) continue
    for (const name of listing.folders) pending.push(`${folder}/${name}`)
    for (const name of listing.jsonFiles) {
      entries += 1
      const path = `${folder}/${name}`
      if (!context.documents.has(path) && !context.unread.has(path)) unnamed.push(path)
    }
  }
  return unnamed
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

/** A symbolic link below the root may point anywhere; what it leads to is not under the repository's control. */
function checkOutside({ root, realRoot, context }: OwnRuleInput, list: ListFolder): Finding[] {
  const folders = new Map<string, { outside: boolean; links: ReadonlySet<string> }>()
  const outside: string[] = []
  for (const file of context.documents.keys()) {
    const cut = file.lastIndexOf('/')
    const path = file.slice(0, Math.max(cut, 0))
    let folder = folders.get(path)
    if (folder === undefined) {
      const links = list(path)?.links ?? new Set()
      folder = { outside: leadsOutside(realRoot, underRoot(root, path)), links }
      folders.set(path, folder)
    }
    const isLink = folder.links.size > 0 && folder.links.has(file.slice(cut + 1))
    if (folder.outside || (isLink && leadsOutside(realRoot, underRoot(root, file)))) outside.push(file)
  }
  return outside.toSorted(compareUtf8).map((file) => outsideFinding({ file, line: 1, col: 1 }))
}
