import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { readRegularFile } from '../x07/files/read.ts'
import { parseGlob } from '../x07/scan/glob-parse.ts'
import { compileGlobs } from '../x07/scan/globs.ts'

/** The files for committing below `.x07_rr` with one of the endings, by path below that folder, in no order. */
export function committedFiles(root: string, endings: readonly string[]): string[] {
  let names: string[]
  try {
    names = readdirSync(join(root, CASSETTE_FOLDER), { recursive: true, encoding: 'utf8' })
  } catch {
    return []
  }
  const isLocal = localRecordings(root)
  return names
    .map((name) => name.replaceAll('\\', '/'))
    .filter((name) => endings.some((ending) => name.endsWith(ending)) && !isLocal(name))
}

/**
 * Which cassettes git does not take: those that `.x07_rr/.gitignore` names. They are recordings of the moment, so nothing
 * about them is pinned. Read are plain lines, by name where they hold no slash, else by path below the folder; a line that
 * begins with `!` or is no glob is passed over, which only means that its file has to be pinned.
 */
function localRecordings(root: string): (name: string) => boolean {
  const read = readRegularFile(join(root, CASSETTE_FOLDER, '.gitignore'))
  if (!read.ok) return () => false
  const lines = Buffer.from(read.bytes)
    .toString()
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('!'))
  const globs = lines.flatMap((line) => (line.includes('/') ? [line.replace(/^\//, '')] : [line, `**/${line}`]))
  const valid = globs.filter((glob) => parseGlob(glob).ok)
  const compiled = compileGlobs(valid)
  return compiled.ok ? (name) => compiled.automaton.match(name).length > 0 : () => false
}
