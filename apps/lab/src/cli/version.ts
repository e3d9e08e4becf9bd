import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { programRoot } from '../root.ts'

/** What `--version` says: this program's version, and the runtime's, which decides what it can do. */
export function versionLine(): string {
  const { version } = JSON.parse(readFileSync(join(programRoot, 'apps', 'lab', 'package.json'), 'utf8')) as {
    version: string
  }
  return `lab ${version}, Node ${process.versions.node}`
}
