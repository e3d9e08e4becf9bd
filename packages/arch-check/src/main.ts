import { statSync } from 'node:fs'
import { enableCompileCache } from 'node:module'

/**
 * Where Node keeps this program compiled: to read and compile it again would take longer than most checks. A repository
 * without installed packages gets no folder for it. What is kept there is used for the very same source only.
 */
const CACHE = 'node_modules/.cache'

if (statSync(CACHE.slice(0, CACHE.indexOf('/')), { throwIfNoEntry: false })?.isDirectory() === true) {
  enableCompileCache(`${CACHE}/arch-check`)
}
const { main } = await import('./cli/main.ts')
await main()
