import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { pathToFileURL } from 'node:url'
import { rolldown, type Plugin } from 'rolldown'

export interface BundleRequest {
  /** The workspace. */
  readonly root: string
  /** Where bundles of this program go, a folder each. */
  readonly cache: string
  /** Of the files to make: `.cjs`, or `.mjs`, in which a module may await. */
  readonly format: 'cjs' | 'es'
  /** Names of the files to make, and the modules they begin with, below the root. */
  readonly entries: Readonly<Record<string, string>>
  /** The name of a bundle of these inputs. */
  readonly keyOf: (inputs: readonly string[], read: (input: string) => Uint8Array) => string
}

/** What a bundle is called, and the files below the root that went into it. */
export interface Bundled {
  readonly key: string
  readonly inputs: readonly string[]
}

/** Left out: they load files of their own by name, are native, or are large and rarely wanted. */
const apart = /^(?:amqplib|kafkajs|oxc-parser|prom-client|vite)(?:\/|$)/

/** What decides, beside the modules, which files a name leads to. */
const decisive = ['package.json', 'pnpm-lock.yaml', 'node_modules/.modules.yaml', 'node_modules/.pnpm/lock.yaml']

/** Bundles that nothing started from for so long are removed. A process that runs may still load parts of its own. */
const keptMs = 7 * 24 * 60 * 60 * 1000

/**
 * Bundles a program into a folder of the cache. What is bundled is what was read once, and is what the name is made from: a file
 * that changes meanwhile makes another bundle at the next start.
 */
export async function bundle({ root, cache, format, entries, keyOf }: BundleRequest): Promise<Bundled> {
  const read = new Map<string, Buffer>()
  const below = (path: string): string => relative(root, path)
  const keep = (path: string): Buffer => {
    const known = read.get(below(path))
    if (known !== undefined) return known
    const content = readFileSync(path)
    read.set(below(path), content)
    return content
  }
  for (const path of [...decisive, ...ownFiles(root)]) {
    try {
      keep(join(root, path))
    } catch {
      // Not every installation has every one of them.
    }
  }
  mkdirSync(cache, { recursive: true })
  const ending = format === 'cjs' ? 'cjs' : 'mjs'
  const made = mkdtempSync(join(cache, 'making-'))
  // Whoever may run the sources may run their bundle.
  chmodSync(made, 0o755)
  try {
    const build = await rolldown({
      cwd: root,
      input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(root, path)])),
      platform: 'node',
      plugins: [
        inPlace(keep, new Map(Object.entries(entries).map(([name, path]) => [join(root, path), `${name}.${ending}`]))),
      ],
      onLog: () => {},
    })
    await build.write({
      dir: made,
      format,
      comments: false,
      keepNames: true,
      sourcemap: true,
      entryFileNames: format === 'cjs' ? '[name].main.cjs' : '[name].mjs',
      chunkFileNames: `[name]-[hash].${ending}`,
      ...(format === 'es' ? { banner: 'const __dirname = import.meta.dirname' } : {}),
    })
    await build.close()
    for (const name of format === 'cjs' ? Object.keys(entries) : [])
      writeFileSync(join(made, `${name}.cjs`), loaderOf(root, name))
    const inputs = [...read.keys()].sort()
    const key = keyOf(inputs, (input) => read.get(input) as Buffer)
    takeName(made, join(cache, key))
    removeOld(cache)
    return { key, inputs }
  } finally {
    rmSync(made, { recursive: true, force: true })
  }
}

/** The file that a process begins with: it loads the bundle with what was compiled of it before. */
function loaderOf(root: string, name: string): string {
  return `'use strict'\nrequire(${JSON.stringify(join(root, 'scripts/start/compiled.cjs'))}).load(__dirname, ${JSON.stringify(name)})\n`
}

/** Another process may have made the very same meanwhile. */
function takeName(made: string, folder: string): void {
  try {
    renameSync(made, folder)
  } catch (error) {
    if (!['EEXIST', 'ENOTEMPTY'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

/** What this workspace says about where its packages are, and how a bundle is made. */
function ownFiles(root: string): string[] {
  const workspace = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map((name) => `${group}/${name}/package.json`),
  )
  return [...workspace, 'scripts/start/start.cjs', 'scripts/start/compiled.cjs', 'scripts/start/bundle.ts']
}

/** Modules as they would be in their own place: they know their folder, and what is left out is loaded from where it is. */
function inPlace(keep: (path: string) => Buffer, entries: ReadonlyMap<string, string>): Plugin {
  return {
    name: 'in-place',
    async resolveId(source, importer) {
      if (!apart.test(source) || importer === undefined) return null
      const found = await this.resolve(source, importer, { skipSelf: true })
      return found === null ? null : { id: found.id, external: true }
    },
    load(id) {
      if (id.startsWith('\0') || !/\.(?:[cm]?[jt]s|json)$/.test(id)) return null
      return keep(id).toString()
    },
    transform(code, id) {
      if (!code.includes('import.meta')) return null
      return code
        .replaceAll(/import\.meta\.resolve\('(\.[^']+)'\)/g, (_, target: string) => {
          const entry = entries.get(join(dirname(id), target))
          if (entry === undefined) return JSON.stringify(pathToFileURL(join(dirname(id), target)).href)
          return `'file://' + __dirname + '/${entry}'`
        })
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(id)))
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(id).href))
    },
  }
}

function removeOld(cache: string): void {
  const now = Date.now()
  for (const name of readdirSync(cache)) {
    const folder = join(cache, name)
    if (!/^(?:[0-9a-f]{32}|making-.*)$/.test(name)) continue
    if (now - statSync(folder).mtimeMs > keptMs) rmSync(folder, { recursive: true, force: true })
  }
}
