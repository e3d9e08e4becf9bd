import { statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

const PACKAGES = 'node_modules'

// To read and compile this program takes longer than most checks, so Node keeps it compiled, for the very same source only.
// A repository without installed packages gets no folder for that.
if (statSync(PACKAGES, { throwIfNoEntry: false })?.isDirectory() === true) {
  enableCompileCache(`${PACKAGES}/.cache/arch-check`)
}
const { main } = await import('./cli/main.ts')
await main()
