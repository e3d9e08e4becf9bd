import { defineConfig } from 'vitest/config'

/** Unit tests, the driver suite in memory, committed cassettes: no broker, no network. */
export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    exclude: ['**/*.live.test.ts', '**/node_modules/**'],
    pool: 'forks',
    // A worker runs many files and loads each module once: starting one for every file took most of the time. So a test leaves
    // nothing behind in its process: no changed environment, no listener, no mocked module.
    isolate: false,
    // A busy machine makes a test slow, not wrong: no assertion is timed, and a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
