import { test as base, expect, type TestAPI } from 'vitest'

import { cassetteOf } from './runners/name.ts'
import { divergedFrom, vcr, type Tape, type TapeOptions } from './tape.ts'

/** What {@link tapedTest} may be told; the cassette's name comes from the test. */
export interface TapedTestOptions extends Omit<TapeOptions, 'cassette'> {
  /** One cassette for each test (default), or one for each file. */
  readonly by?: 'test' | 'file'
}

/**
 * Vitest's `test` with a tape around each test: the first run records, later ones replay, and what a test does otherwise
 * fails it with the text. A test that fails does not seal its recording, nor that of its file. `VCR_MODE=record` records anew.
 *
 * Tests that run at the same time (`test.concurrent`) say to which tape their clients belong: `tape.run(() => …)`.
 */
export function tapedTest({ by = 'test', ...options }: TapedTestOptions = {}): TestAPI<{ tape: Tape }> {
  return by === 'file' ? tapedFile(options) : tapedTests(options)
}

function tapedTests(options: Omit<TapeOptions, 'cassette'>): TestAPI<{ tape: Tape }> {
  const root = options.root ?? process.cwd()
  return base.extend<{ tape: Tape }>({
    tape: [
      async ({ task }, use) => {
        const names: string[] = []
        for (let suite: { name: string; suite?: unknown } | undefined = task; suite !== undefined;) {
          if (suite.name !== '') names.unshift(suite.name)
          suite = suite.suite as typeof suite
        }
        const tape = await vcr({ ...options, cassette: cassetteOf(root, task.file.filepath, names.join(' ')) })
        await use(tape)
        if ((task.result?.errors?.length ?? 0) > 0) abandon(tape)
        else await tape.close()
      },
      { auto: true },
    ],
  })
}

function tapedFile(options: Omit<TapeOptions, 'cassette'>): TestAPI<{ tape: Tape }> {
  const root = options.root ?? process.cwd()
  let failed = false
  const taped = base.extend<{ $file: { tape: Tape } }>({
    tape: [
      // Vitest reads this pattern as text; a file's tape needs nothing of it.
      // oxlint-disable-next-line no-empty-pattern
      async ({}: object, use: (tape: Tape) => Promise<void>) => {
        failed = false
        const tape = await vcr({ ...options, cassette: cassetteOf(root, expect.getState().testPath ?? 'test') })
        await use(tape)
        if (failed) abandon(tape)
        else await tape.close()
      },
      { auto: true, scope: 'file' },
    ],
  } as never) as unknown as TestAPI<{ tape: Tape }>
  return taped.extend<{ outcome: undefined }>({
    outcome: [
      async ({ task }, use) => {
        await use(undefined)
        failed ||= (task.result?.errors?.length ?? 0) > 0
      },
      { auto: true },
    ],
  })
}

/** A test failed: where its replay found something, that is a failure beside it. */
function abandon(tape: Tape): void {
  const found = divergedFrom(tape.abandon())
  if (found !== undefined) throw found
}

/** {@link tapedTest} with a cassette for each test. */
export const test: TestAPI<{ tape: Tape }> = tapedTest()
