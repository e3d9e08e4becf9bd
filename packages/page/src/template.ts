import { hash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const view = join(root, 'view')
const built = join(root, 'dist')
/** What the page is made of, beside its view: the shared description of its data, how it is built, and with what. */
const others = ['src/document.ts', 'vite.config.ts', 'package.json']

/**
 * The page without a recording. In the workspace it is built when it is asked for and its sources are others than those it was
 * built from; what npm serves holds it, and no view.
 *
 * @throws Error where it is neither there nor can be built
 */
export async function loadTemplate(): Promise<string> {
  if (!existsSync(view)) return readFileSync(join(built, 'page.html'), 'utf8')
  const file = join(built, `page-${sourceHash()}.html`)
  if (!existsSync(file)) {
    const { build } = await import('vite')
    const outDir = join(built, `building-${process.pid}`)
    await build({ configFile: join(root, 'vite.config.ts'), logLevel: 'error', build: { outDir } })
    renameSync(join(outDir, 'page.html'), file)
    rmSync(outDir, { recursive: true })
  }
  return readFileSync(file, 'utf8')
}

function sourceHash(): string {
  const files = [
    ...readdirSync(view, { recursive: true, encoding: 'utf8' })
      .sort()
      .map((name) => join('view', name)),
    ...others,
  ]
  return hash('sha256', files.map((name) => `${name}\n${readFileSync(join(root, name), 'utf8')}`).join('\n')).slice(
    0,
    16,
  )
}
