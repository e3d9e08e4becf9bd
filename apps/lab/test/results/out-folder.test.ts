import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { outFolder } from '../../src/results/folder.ts'

let root = ''
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'out-')))
})
afterEach(() => rmSync(root, { recursive: true }))

const policy = { file: 'p.json', writeRoots: ['.x07_rr', 'out'] } as unknown as Parameters<typeof outFolder>[2]
const folder = (out: string): string => outFolder(root, out, policy, root)

test('results go below a write root, and into a folder of the project that holds nothing else', () => {
  expect(folder('out/deep')).toBe(join(root, 'out', 'deep'))
  expect(folder('new/one')).toBe(join(root, 'new', 'one'))
  writeFileSync(join(root, 'new', 'one', 'report.json'), '')
  expect(folder('new/one')).toBe(join(root, 'new', 'one'))
})

test.for(['.', '..', '../beside', '/etc', '.x07_rr', 'src', 'file'])('results do not go to %s', (out) => {
  mkdirSync(join(root, 'src'))
  writeFileSync(join(root, 'src', 'main.ts'), '')
  writeFileSync(join(root, 'file'), '')
  mkdirSync(join(root, '.x07_rr'))
  writeFileSync(join(root, '.x07_rr', 'c.rrbin'), '')
  expect(() => folder(out)).toThrow(`--out ${out}: results may not be written there (fs.write_roots of p.json)`)
})
