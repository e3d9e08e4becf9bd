import { defineConfig } from 'vitest/config'

/** Tests against real brokers. A file skips itself, with its reason, where the broker cannot be had. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.live.test.ts', 'apps/*/test/**/*.live.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    // Faults strike at moments that a busy broker can move: what fails once and then passes is shown as retried, what
    // fails twice has failed.
    retry: 1,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
