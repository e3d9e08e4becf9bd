import { createRequire } from 'node:module'

/** `pnpm lab` without pnpm. It costs what Node needs to load TypeScript at all; `scripts/start/lab.cjs` does not. */
const { start } = createRequire(import.meta.url)('../../../scripts/start/start.cjs') as {
  start: (program: 'lab') => Promise<void>
}
void start('lab')
