import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { paged } from '../../src/cli/pager.ts'
import { LineWriter } from '../../src/cli/stdout.ts'

const terminal = (more: object = {}): Writable =>
  Object.assign(new Writable({ write: (_chunk, _encoding, done) => done() }), { isTTY: true, columns: 80, ...more })

test('who closes the pager early ends the command well, and nothing waits for what nobody reads', async () => {
  const code = await paged(terminal(), { PATH: process.env['PATH'], PAGER: 'head -1 >/dev/null' }, async (output) => {
    const lines = new LineWriter(output)
    for (let line = 0; line < 20_000; line++) await lines.add('a line of a cassette that is long')
    await lines.flush()
    return 0
  })
  expect(code).toBe(0)
})

test.each([
  ['elsewhere than on a terminal', { isTTY: false }, { PAGER: 'false' }],
  ['where PAGER is empty', {}, { PAGER: '' }],
  ['where there is no less', {}, { PATH: '/nonexistent' }],
])('%s it is written as it is', async (_where, more, env) => {
  const stdout = terminal(more)
  await paged(stdout, env, (output) => {
    expect(output).toBe(stdout)
    return Promise.resolve(0)
  })
})

test('the failure of what is written is the failure of the command', async () => {
  const failed = paged(terminal(), { PATH: process.env['PATH'], PAGER: 'cat >/dev/null' }, () =>
    Promise.reject(new Error('damaged')),
  )
  await expect(failed).rejects.toThrow('damaged')
})
