import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { editJsonText } from '../x07/patch/edit-text.ts'
import type { Change } from './case.ts'

/** What stands below a folder, by relative path; a file's text is latin1, so that every byte counts. */
export type Snapshot = ReadonlyMap<string, Entry>
type Entry = { kind: 'file'; text: string } | { kind: 'link'; target: string } | { kind: 'folder' }

/** Copies a base project. */
export function copyProject(from: string, to: string): void {
  cpSync(from, to, { recursive: true })
}

const PLACEHOLDER = '\u0001the value of the change\u0001'

/** Applies the changes of a case in their order. */
export function applyChanges(root: string, changes: readonly Change[]): void {
  for (const change of changes) {
    const path = join(root, change.path)
    mkdirSync(dirname(path), { recursive: true })
    if ('json_pointer' in change) {
      const text = readFileSync(path, 'utf8')
      const { op, json_pointer: pointer } = change
      const edited = editJsonText(text, [
        op === 'remove' ? { op, path: pointer } : { op, path: pointer, value: PLACEHOLDER },
      ])
      // The value goes in as it is written in the case: `1.0` and 2^64 would not survive a JavaScript number.
      writeFileSync(
        path,
        edited.replace(JSON.stringify(PLACEHOLDER), () => ('value' in change ? change.value : '')),
      )
      continue
    }
    rmSync(path, { recursive: true, force: true })
    if ('raw' in change) writeFileSync(path, change.raw)
    else if ('raw_base64' in change) writeFileSync(path, Buffer.from(change.raw_base64, 'base64'))
    else if ('dir' in change) mkdirSync(path)
    else if ('symlink' in change) symlinkSync(change.symlink, path)
  }
}

/** Everything below a folder, folders before what they hold. */
export function snapshot(root: string): Map<string, Entry> {
  const entries = new Map<string, Entry>()
  const visit = (folder: string): void => {
    for (const name of readdirSync(join(root, folder))) {
      const path = folder === '' ? name : `${folder}/${name}`
      const full = join(root, path)
      const stat = lstatSync(full)
      if (stat.isDirectory()) {
        entries.set(path, { kind: 'folder' })
        visit(path)
      } else if (stat.isSymbolicLink()) entries.set(path, { kind: 'link', target: readlinkSync(full) })
      else if (stat.isFile()) entries.set(path, { kind: 'file', text: readFileSync(full, 'latin1') })
    }
  }
  visit('')
  return entries
}

/** Puts a folder back to an earlier state, touching only what changed: much cheaper than a fresh copy. */
export function restore(root: string, earlier: Snapshot): void {
  const now = snapshot(root)
  for (const [path, entry] of now) {
    if (earlier.get(path)?.kind !== entry.kind) rmSync(join(root, path), { recursive: true, force: true })
  }
  for (const [path, entry] of earlier) {
    const full = join(root, path)
    const current = now.get(path)
    if (entry.kind === 'folder') mkdirSync(full, { recursive: true })
    else if (entry.kind === 'link') {
      rmSync(full, { force: true })
      symlinkSync(entry.target, full)
    } else if (current?.kind !== 'file' || current.text !== entry.text) writeFileSync(full, entry.text, 'latin1')
  }
}
