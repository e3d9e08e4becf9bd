import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..', '..', '..')
let root: string

/** A workspace whose lab is two small files. */
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'start-'))
  cpSync(join(repository, 'scripts', 'start'), join(root, 'scripts', 'start'), { recursive: true })
  mkdirSync(join(root, 'node_modules'))
  mkdirSync(join(root, 'packages'))
  symlinkSync(join(repository, 'node_modules', 'rolldown'), join(root, 'node_modules', 'rolldown'))
  write('package.json', '{"type":"module"}')
  write('apps/lab/package.json', '{"type":"module"}')
  write(
    'apps/lab/src/program.ts',
    "import { said } from './said.ts'\nconsole.log(said as string, import.meta.dirname)\n",
  )
  for (const entry of ['sandboxed', 'threaded', 'thread']) write(`apps/lab/src/${entry}.ts`, 'export {}\n')
  say('one')
})
afterEach(() => {
  rmSync(root, { recursive: true, force: true })
})

function write(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), content)
}

function say(word: string): void {
  write('apps/lab/src/said.ts', `export const said: string = '${word}'\n`)
}

function run(): string {
  const printed = execFileSync(process.execPath, [join(root, 'scripts', 'start', 'lab.cjs')], { encoding: 'utf8' })
  const [said = '', folder = ''] = printed.trim().split(' ')
  expect(folder).toBe(join(root, 'apps', 'lab', 'src'))
  return said
}

const bundles = (): string[] =>
  readdirSync(join(root, 'node_modules', '.cache', 'x07-lab', 'lab')).filter((name) => /^[0-9a-f]{32}$/.test(name))

test('a bundle is made once, and another as soon as a source is another, even of the same size and time', () => {
  const source = join(root, 'apps', 'lab', 'src', 'said.ts')
  const { atime, mtime } = statSync(source)
  expect([run(), run()]).toEqual(['one', 'one'])
  expect(bundles()).toHaveLength(1)
  say('two')
  utimesSync(source, atime, mtime)
  expect(run()).toBe('two')
  expect(bundles()).toHaveLength(2)
  say('one')
  expect(run()).toBe('one')
  expect(bundles()).toHaveLength(2)
})

test('a file that is gone, and one that is damaged, is what the sources say of it', () => {
  expect(run()).toBe('one')
  rmSync(join(root, 'apps', 'lab', 'src', 'said.ts'))
  expect(() => run()).toThrow('said.ts')
  say('two')
  writeFileSync(join(root, 'node_modules', '.cache', 'x07-lab', 'lab', 'inputs.json'), '{"inputs":')
  expect(run()).toBe('two')
})

test('where nothing can be bundled the sources run as they are', () => {
  rmSync(join(root, 'node_modules', 'rolldown'))
  expect(run()).toBe('one')
  expect(existsSync(join(root, 'node_modules', '.cache'))).toBe(false)
  chmodSync(join(root, 'node_modules'), 0o555)
  say('two')
  expect(run()).toBe('two')
})
