import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'

/** Packages whose tests change what every test of a process shares: vcr takes the place of `net.Socket.prototype.connect`. */
const apart = ['packages/vcr/test/**/*.test.ts']

/** Other runs: tests against brokers, and those that take seconds for one case. */
const exclude = ['**/*.live.test.ts', '**/*.long.test.ts', '**/node_modules/**']

/** Unit tests, the driver suite in memory, committed cassettes: no broker, no network. */
export default defineConfig({
  test: {
    exclude,
    globalSetup: 'tests/support/temporary-folder.ts',
    pool: 'forks',
    // One worker more than processors: much of a test's time is that of what it started, or waits for.
    maxWorkers: availableParallelism() + 1,
    // A busy machine makes a test slow, not wrong: no assertion is timed, and a hang still ends.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'shared',
          include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
          exclude: [...exclude, ...apart],
          // A worker runs many files and loads each module once: starting one for every file took most of the time. So a
          // test leaves nothing behind in its process: no changed environment, no listener, no mocked module.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
  },
})
