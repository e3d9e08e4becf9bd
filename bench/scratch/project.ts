import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { programRoot } from 'lab/src/root.ts'

/** A project in a scratch folder, with this project's contracts: what is recorded there disturbs nobody. */
export function scratchProject(scratch: string, name: string): string {
  const root = join(scratch, name)
  mkdirSync(join(root, '.x07_rr'), { recursive: true })
  cpSync(join(programRoot, 'arch'), join(root, 'arch'), { recursive: true })
  return root
}
