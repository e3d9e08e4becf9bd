import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const start = join(import.meta.dirname, '..', '..', '..', 'scripts', 'start')
let folder: string

/** A bundle of a program and two modules, one of which it loads when it is asked to. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'packed-'))
  const module = (name: string, source: string) => writeFileSync(join(folder, name), source)
  module('counter.cjs', 'let count = 0\nexports.next = () => ++count\n//# sourceMappingURL=counter.cjs.map\n')
  module('more.cjs', "require('./counter.cjs').next()\nexports.name = __filename\n")
  module(
    'prog.main.cjs',
    `const { next } = require('./counter.cjs')
     const { basename } = require('node:path')
     const more = process.argv.includes('more') ? basename(require('./more.cjs').name) : 'none'
     console.log(next(), more)`,
  )
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

function node(...args: string[]): string {
  const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  return `${stderr}${stdout}`.trim()
}

const keep = (...args: string[]) => node(join(start, 'compile.cjs'), folder, 'prog', ...args)
const load = (...args: string[]) =>
  node('-e', `require(${JSON.stringify(join(start, 'compiled.cjs'))}).load(${JSON.stringify(folder)}, 'prog')`, ...args)

test('a program runs from its modules where nothing was kept', () => {
  expect([load(), load('more')]).toEqual(['1 none', '2 more.cjs'])
})

test('what was kept holds the modules that were loaded, and no other file is made', () => {
  expect([keep(), keep()]).toEqual(['1 none', '1 none'])
  expect(readdirSync(folder).sort()).toEqual(['counter.cjs', 'more.cjs', 'prog.main.cjs', 'prog.packed'])
  rmSync(join(folder, 'counter.cjs'))
  expect(load()).toBe('1 none')
})

test('a module that was not kept shares those that were', () => {
  keep()
  keep()
  expect(load('more')).toBe('2 more.cjs')
})

test('a module that imports is loaded as it is, and Node warns of nothing', () => {
  writeFileSync(
    join(folder, 'more.cjs'),
    "exports.name = __filename\nvoid import('node:os').then(({ EOL }) => console.log(JSON.stringify(EOL)))\n",
  )
  keep('more')
  keep('more')
  rmSync(join(folder, 'counter.cjs'))
  expect(load('more')).toBe('1 more.cjs\n"\\n"')
})

test('what a later run loads is kept beside what was there', () => {
  keep()
  keep('more')
  for (const name of ['counter.cjs', 'more.cjs', 'prog.main.cjs']) rmSync(join(folder, name))
  expect([load('more'), load()]).toEqual(['2 more.cjs', '1 none'])
})
