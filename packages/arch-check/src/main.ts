import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

// Beside the program, not in the repository that it checks: Node runs what it finds there.
const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url))

// To read and compile this program takes longer than most checks, so Node keeps it compiled, for the very same source only.
if (existsSync(PACKAGES)) enableCompileCache(`${PACKAGES}/.cache/arch-check`)

// As a bundle, which is named by what it is made of, it keeps what it found beside itself.
const self = fileURLToPath(import.meta.resolve('./main.ts'))
const kept = self.endsWith('.cjs') ? { parsedFile: `${self}.parsed.json`, passedFile: `${self}.passed.json` } : {}

void import('./cli/main.ts').then(({ main }) => main(kept))
