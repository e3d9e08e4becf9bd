import { cpSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { editJsonText } from '../patch/edit-text.ts'
import type { Change } from './case.ts'

/** Copies a base project, writable whatever the base's permissions. */
export function copyProject(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: () => true })
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

/** Every regular file below a folder with its text, so that two states of a project can be compared. */
export function snapshot(root: string): Map<string, string> {
  const files = new Map<string, string>()
  const pending = [root]
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      const stat = lstatSync(path)
      if (stat.isDirectory()) pending.push(path)
      else if (stat.isFile()) files.set(relative(root, path), readFileSync(path, 'latin1'))
    }
  }
  return files
}
