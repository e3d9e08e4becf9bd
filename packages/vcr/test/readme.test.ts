import { readFileSync } from 'node:fs'

import { expect, test } from 'vitest'

import { cassettes, node, program, runVcr } from './run-vcr.ts'

test('the service in the README is the one recorded here, and replays with no broker', async () => {
  const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8')
  expect(readme).toContain(readFileSync(program('service.mjs'), 'utf8'))
  const { code, stdout, stderr } = await runVcr(['replay', '--root', cassettes, ...node('service.mjs')])
  expect(stdout).toBe('hello Ada\nhello Grace\n')
  expect(stderr).toContain('no divergence')
  expect(code).toBe(0)
})
