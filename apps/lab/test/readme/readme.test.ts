import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const program = join(import.meta.dirname, 'program.ts')
const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

test('the program in the README is the one tested here', () => {
  const readme = readFileSync(join(repository, 'README.md'), 'utf8')
  const examples = [...readme.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, example]) => example)
  expect(examples).toContain(readFileSync(program, 'utf8'))
})

test('it replays its committed cassette with no broker', () => {
  const folder = mkdtempSync(join(tmpdir(), 'readme-'))
  folders.push(folder)
  cpSync(join(repository, '.x07_rr', 'greetings.rrbin'), join(folder, '.x07_rr', 'greetings.rrbin'))
  const printed = execFileSync(process.execPath, [program], { cwd: folder, encoding: 'utf8', env: { CI: 'true' } })
  expect(printed).toBe('replay: {"hello":"world"}\n')
})
