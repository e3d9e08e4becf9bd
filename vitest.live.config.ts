import { defineConfig } from 'vitest/config'

/** Tests against real brokers. A file skips itself, with its reason, where the broker cannot be had. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.live.test.ts', 'apps/*/test/**/*.live.test.ts'],
    pool: 'forks',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
