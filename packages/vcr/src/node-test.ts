import type { TestContext } from 'node:test'

import { cassetteOf } from './runners/name.ts'
import { divergedFrom, vcr, type Tape, type TapeOptions } from './tape.ts'

/**
 * A test for `node:test` with a tape around it, named after its file and its full name:
 *
 * ```ts
 * test('publishes an order', taped(async (t, tape) => { … }))
 * ```
 *
 * A test that fails does not seal its recording; what a replay finds fails the test, with the
 * test's own failure as its cause. Tests may run at the same time.
 */
export function taped(
  body: (t: TestContext, tape: Tape) => unknown,
  options: Omit<TapeOptions, 'cassette'> & Partial<Pick<TapeOptions, 'cassette'>> = {},
): (t: TestContext) => Promise<void> {
  return async (t) => {
    const root = options.root ?? process.cwd()
    const cassette = options.cassette ?? cassetteOf(root, t.filePath ?? 'test', t.fullName)
    const tape = await vcr({ ...options, cassette })
    try {
      await tape.run(() => body(t, tape))
    } catch (error) {
      throw divergedFrom(tape.abandon(), error) ?? error
    }
    await tape.close()
  }
}
