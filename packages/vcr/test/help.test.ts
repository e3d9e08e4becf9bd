import { expect, test } from 'vitest'

import { parseCommand } from '../src/cli/parse.ts'
import { runVcr } from './run-vcr.ts'

test('--version says which program and which Node', async () => {
  expect(await runVcr(['--version'])).toEqual({
    code: 0,
    stdout: `vcr 0.1.0, Node ${process.versions.node}\n`,
    stderr: '',
  })
})

test.each([40, 60, 100])('the help is wrapped between words at %d columns, and says the same', (columns) => {
  const helpOf = (args: readonly string[], width?: number): string => {
    const parsed = parseCommand(args, '/', width)
    return parsed.kind === 'help' ? parsed.text : ''
  }
  for (const args of [['--help'], ['record', '--help'], ['help', 'proxy']]) {
    const [wrapped, whole] = [helpOf(args, columns), helpOf(args)]
    for (const line of wrapped.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(columns)
    expect(wrapped.split(/\s+/)).toEqual(whole.split(/\s+/))
  }
})

test('what stands behind -- is the command, whatever it looks like', () => {
  const parsed = parseCommand(['replay', '--pin', '--', 'node', '--help', '--', '-x'], '/project')
  expect(parsed).toMatchObject({ kind: 'run', request: { command: ['node', '--help', '--', '-x'], pin: true } })
})
