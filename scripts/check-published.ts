/**
 * Checks the package in the current folder as npm would serve it: packs it (with `publishConfig` applied), then asks publint
 * and attw whether every entry point resolves, with types, for those who import it.
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = mkdtempSync(join(tmpdir(), 'packed-'))
const run = (command: string, args: readonly string[]): void => {
  execFileSync(command, args, { stdio: 'inherit' })
}

try {
  run('pnpm', ['pack', '--pack-destination', folder])
  const [tarball] = readdirSync(folder)
  if (tarball === undefined) throw new Error('pnpm pack made no tarball')
  run('publint', ['--strict', join(folder, tarball)])
  run('attw', [join(folder, tarball), '--profile', 'esm-only', '--no-emoji', '--format', 'ascii'])
} finally {
  rmSync(folder, { recursive: true, force: true })
}
