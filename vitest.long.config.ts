import { defineConfig } from 'vitest/config'

/**
 * Tests that take seconds for one case: every mutant of every contract, cassettes that are made to fill memory, a gigabyte that
 * is read, a test runner in a test runner. They need no broker and no network. `pnpm test` leaves them out; CI runs them.
 */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.long.test.ts', 'apps/*/test/**/*.long.test.ts'],
    globalSetup: 'tests/support/temporary-folder.ts',
    pool: 'forks',
    maxWorkers: '100%',
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
})
