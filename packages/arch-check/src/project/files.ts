import { readdirSync } from 'node:fs'
import type { ContractModel } from '../x07/contracts/model.ts'
import type { Documents } from '../x07/document/documents.ts'
import { leadsOutside } from '../x07/files/outside.ts'
import { underRoot } from '../x07/files/paths.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import type { ContractsV1 } from '../x07/manifest/types.ts'
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
  const namesRead = namesByFolder(input.context.documents)
  return [...checkUnreferenced(input, namesRead), ...checkOutside(input, namesRead.keys())]
}

/** The names of the documents in each folder, in the order of reading. */
function namesByFolder(documents: Documents): ReadonlyMap<string, readonly string[]> {
  const folders = new Map<string, string[]>()
  for (const { file } of documents) {
    const folder = folderOf(file)
    const name = file.slice(file.lastIndexOf('/') + 1)
    const names = folders.get(folder)
    if (names === undefined) folders.set(folder, [name])
    else names.push(name)
  }
  return folders
}

const folderOf = (file: string): string => file.slice(0, Math.max(file.lastIndexOf('/'), 0))

function checkUnreferenced(
  { root, manifest, model, context }: OwnRuleInput,
  namesRead: ReadonlyMap<string, readonly string[]>,
): Finding[] {
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
    const { folders, jsonFiles } = listOthers(underRoot(root, folder), namesRead.get(folder) ?? [])
    for (const name of folders) pending.push(`${folder}/${name}`)
    entries += jsonFiles.length
    for (const name of jsonFiles) {
      const path = `${folder}/${name}`
      if (!context.unread.has(path)) unnamed.push(path)
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

/** What stands in a folder besides the documents that were read from it; nothing where it cannot be listed. */
function listOthers(path: string, read: readonly string[]): { folders: string[]; jsonFiles: string[] } {
  const folders: string[] = []
  const jsonFiles: string[] = []
  try {
    const others = new Set(without(readdirSync(path), read))
    // What kind each entry is costs more to ask than its name, and most folders hold documents alone.
    for (const entry of others.size === 0 ? [] : readdirSync(path, { withFileTypes: true })) {
      if (!others.has(entry.name)) continue
      if (entry.isDirectory()) folders.push(entry.name)
      else if (entry.isFile() && entry.name.endsWith('.json')) jsonFiles.push(entry.name)
    }
  } catch {
    return { folders: [], jsonFiles: [] }
  }
  return { folders, jsonFiles }
}

/** The names that are not among `read`: mostly both are in one order, and no table has to be made. */
function without(names: readonly string[], read: readonly string[]): string[] {
  let at = 0
  const others = names.filter((name) => {
    if (name !== read[at]) return true
    at += 1
    return false
  })
  if (at === read.length) return others
  const left = new Set(read.slice(at))
  return others.filter((name) => !left.has(name))
}

/** A symbolic link below the root may point anywhere; what it leads to is not under the repository's control. */
function checkOutside({ root, realRoot, context }: OwnRuleInput, folders: IteratorObject<string>): Finding[] {
  const isOutside = (path: string): boolean => leadsOutside(realRoot, underRoot(root, path))
  const outsideFolders = new Set(folders.filter(isOutside))
  const outside = new Set<string>()
  for (const document of context.documents) {
    const { file } = document
    if (outsideFolders.size > 0 && outsideFolders.has(folderOf(file))) outside.add(file)
    else if (context.documents.mayBeLink(document) && isOutside(file)) outside.add(file)
  }
  return [...outside].toSorted(compareUtf8).map((file) => outsideFinding({ file, line: 1, col: 1 }))
}
