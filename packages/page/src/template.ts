import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const built = join(root, 'dist', 'page.html')

/**
 * The page without a recording. In the workspace it is built the first time it is asked for; what npm serves holds it.
 *
 * @throws Error where it is neither there nor can be built
 */
export async function loadTemplate(): Promise<string> {
  if (!existsSync(built)) {
    const { build } = await import('vite')
    await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'error' })
  }
  return readFileSync(built, 'utf8')
}
