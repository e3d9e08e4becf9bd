import { execFileSync, spawnSync } from 'node:child_process'
import { closeSync, constants, mkdirSync, openSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { BASES } from './fixtures/bases.ts'
import { writeProject } from './fixtures/project.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

/** Runs the program in a project with one finding, its standard output going to a descriptor. */
function run(root: string, stdout: number): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, '--lock', 'none.json'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', stdout, 'pipe'],
  })
  return { status, stderr }
}

/** The writing end of a pipe that nobody reads any more. */
function brokenPipe(root: string): number {
  const path = join(root, 'pipe')
  execFileSync('mkfifo', [path])
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  const writer = openSync(path, 'w')
  closeSync(reader)
  return writer
}

describe('the program', () => {
  it('keeps the exit code of the check where its reader has seen enough', () => {
    using project = writeProject(BASES.bare)
    const pipe = brokenPipe(project.root)
    expect(run(project.root, pipe)).toEqual({ status: 3, stderr: '' })
    closeSync(pipe)
  })

  it('says in a line that the report cannot be written', () => {
    using project = writeProject(BASES.bare)
    const full = openSync('/dev/full', 'w')
    const stderr = 'arch:check: write to standard output: the disk is full\n'
    expect(run(project.root, full)).toEqual({ status: 2, stderr })
    closeSync(full)
  })

  it.each([
    ['a folder', (path: string) => mkdirSync(path)],
    ['a file', (path: string) => writeFileSync(path, '')],
    ['a link to itself', (path: string) => symlinkSync('node_modules', path)],
  ])('is kept compiled in its own package, not in the repository, whose node_modules is %s', (_, make) => {
    using project = writeProject(BASES.bare)
    make(join(project.root, 'node_modules'))
    const before = readdirSync(project.root, { recursive: true })
    // Where that is, Node says in the same process.
    const told = `await import(${JSON.stringify(MAIN)}); console.log((await import('node:module')).getCompileCacheDir())`
    // In CI the missing lock would be an error.
    const { CI: _ci, NODE_COMPILE_CACHE: _cache, NODE_DISABLE_COMPILE_CACHE: _disabled, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', told], {
      cwd: project.root,
      encoding: 'utf8',
      env,
    })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(fileURLToPath(new URL('../node_modules/.cache/arch-check/', import.meta.url)))
    expect(readdirSync(project.root, { recursive: true })).toEqual(before)
  })
})
