import { defineConfig } from 'vitest/config'

/** Unit tests, the driver suite in memory, committed cassettes: no broker, no network. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    exclude: ['**/*.live.test.ts', '**/node_modules/**'],
    pool: 'forks',
    // A busy machine makes a test slow, not wrong: no assertion is timed, and a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
