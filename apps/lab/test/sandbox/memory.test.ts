import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { memoryFlags } from '../../src/sandbox/memory.ts'

/** Prints what V8 compiled, or whether it takes what is given. */
const script = `
  const { Script } = require('node:vm')
  const [given] = process.argv.slice(1)
  const cachedData = given === undefined ? undefined : Buffer.from(given, 'base64')
  const compiled = new Script('(function () { return 1 })', { cachedData })
  process.stdout.write(given === undefined ? compiled.createCachedData().toString('base64') : String(compiled.cachedDataRejected))
`

function inNode(flags: readonly string[], ...args: string[]): string {
  return execFileSync(process.execPath, [...flags, '-e', script, ...args], { encoding: 'utf8' })
}

test('a sandboxed process takes what was compiled without its flags: Node compiled its own modules so', () => {
  const compiled = inNode([])
  expect(inNode(memoryFlags(), compiled)).toBe('false')
  expect(inNode(memoryFlags({ thread: true }), compiled)).toBe('false')
  expect(inNode(['--heap-growing-percent=40'], compiled)).toBe('true')
})
