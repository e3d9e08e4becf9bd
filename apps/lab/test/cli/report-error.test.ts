import { readFileSync } from 'node:fs'
import { DriverError, RrError } from '@x07-lab/msg-core'
import { PolicyError } from '@x07-lab/msg-core/rr'
import { describe, expect, test } from 'vitest'
import { reportError } from '../../src/cli/report-error.ts'
import { UserError } from '../../src/user-error.ts'

function thrown(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}

describe('an error as one line and an exit code', () => {
  test.each([
    ['a mistake', new UserError('give more'), 'give more', 2],
    ['an environment', new UserError('there is no room', 3), 'there is no room', 3],
    ['a driver', new DriverError('unreachable', 'open broker: nothing listens'), 'open broker: nothing listens', 3],
    ['a stop', new DriverError('aborted', 'stopped on request'), 'stopped on request', 130],
    ['a cassette', new RrError(2014, 'it is torn'), 'it is torn', 3],
    [
      'a policy',
      new PolicyError('arch/rr/x.json', 'is not JSON'),
      'arch/rr/x.json: is not JSON; fix it; `pnpm arch:check` explains',
      3,
    ],
    [
      'the system',
      thrown(() => readFileSync('/none')),
      'open /none: there is no such file or folder (ENOENT); mend that and run it again',
      3,
    ],
    [
      'two at once, where letting go failed as well',
      new SuppressedError(new Error('second'), new UserError('first', 1), ''),
      'first',
      1,
    ],
    [
      'the sandbox',
      Object.assign(new Error('denied'), { code: 'ERR_ACCESS_DENIED', permission: 'FileSystemWrite', resource: '/x' }),
      'FileSystemWrite /x is denied: arch/policy/p.json does not allow it (fs.write_roots)',
      3,
    ],
    [
      'a bug',
      new TypeError('x is not a function'),
      'a bug in this program: TypeError: x is not a function; set X07_LAB_DEBUG=1 to see where',
      70,
    ],
    [
      'a name that would steer the terminal, or break the line',
      new UserError('read input a\u001b[2J\r\nb\u2028\u009b: no such file', 3),
      'read input a\\u001b[2J\\u000d\\nb\\u2028\\u009b: no such file',
      3,
    ],
    [
      'a current folder that was removed',
      Object.assign(new Error('uv_cwd'), { code: 'ENOENT', syscall: 'uv_cwd' }),
      'look for the current folder: there is no such file or folder (ENOENT); change to one that is there',
      3,
    ],
    ['something thrown', 'oh', 'a bug in this program: oh; set X07_LAB_DEBUG=1 to see where', 70],
  ] as const)('%s', (_title, error, line, exitCode) => {
    expect(reportError(error, { policyFile: 'arch/policy/p.json' })).toEqual({ line, exitCode })
  })

  test('the stack of a bug is shown to who asks, that of a mistake to nobody', () => {
    expect(reportError(new TypeError('x'), { debug: true }).line).toMatch(/\n +at /)
    expect(reportError(new UserError('x'), { debug: true }).line).toBe('x')
  })
})
