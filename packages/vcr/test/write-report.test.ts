import {
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { writeReport } from '../src/cli/write-report.ts'

let folder = ''
let told: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'report-'))
  told = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => told.push(String(text)) > 0)
})
afterEach(() => {
  vi.restoreAllMocks()
  rmSync(folder, { recursive: true })
})

test('a report replaces what is there, and keeps the exit code', () => {
  const [file, precious] = [join(folder, 'r.json'), join(folder, 'precious')]
  writeFileSync(precious, 'precious')
  linkSync(precious, file)
  expect(writeReport(file, { exit_code: 1 })).toBe(1)
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ exit_code: 1 })
  expect(readFileSync(precious, 'utf8')).toBe('precious')
  expect(told).toEqual([])
})

test.each([
  ['link.json', 'it is a symlink, expected the file itself'],
  ['none/r.json', 'there is no such file or folder (ENOENT)'],
])('that cannot be written to %s is told, and a run that went well ends with 3', (name, why) => {
  symlinkSync('elsewhere', join(folder, 'link.json'))
  const file = join(folder, name)
  expect([0, 1, 7].map((code) => writeReport(file, { exit_code: code }))).toEqual([3, 1, 7])
  expect(told[0]).toBe(`vcr: write report ${file}: ${why}; give another file with --report\n`)
  expect(existsSync(join(folder, 'elsewhere'))).toBe(false)
  expect(readdirSync(folder)).toEqual(['link.json'])
})
