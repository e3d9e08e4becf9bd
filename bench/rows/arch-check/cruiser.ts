import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { output } from '../../work/output.ts'

const entryPoint = fileURLToPath(new URL('../../bin/dependency-cruiser.mjs', import.meta.resolve('dependency-cruiser')))

/** Says of the whole graph what arch-check is asked too: no cycles, and imports go to lower layers only. */
const configuration = {
  forbidden: [
    { name: 'cycles', severity: 'error', from: {}, to: { circular: true } },
    ...Array.from({ length: 9 }, (_, layer) => ({
      name: `layer-${layer}`,
      severity: 'error',
      from: { path: `^packages/layer-${layer}-` },
      to: { path: `^packages/layer-[${layer + 1}-9]-` },
    })),
  ],
  // Read as TypeScript, without a translation to JavaScript first: the fastest way that also sees type-only imports.
  options: { parser: 'tsc', tsPreCompilationDeps: true },
}

/** What a run found. */
export interface Cruised {
  readonly modules: number
  readonly imports: number
}

/** Writes the configuration. */
export function configureCruiser(root: string): string {
  const file = join(root, 'dependency-cruiser.json')
  writeFileSync(file, JSON.stringify(configuration))
  return file
}

/** Runs dependency-cruiser's command line. @throws Error where it finds a violation */
export async function cruise(root: string, config: string): Promise<Cruised> {
  const args = [entryPoint, 'packages', '--config', config, '--output-type', 'err', '--progress', 'none']
  const said = await output(process.execPath, args, { cwd: root })
  const [, modules = '', imports = ''] = /\((\d+) modules, (\d+) dependencies cruised\)/.exec(said) ?? []
  return { modules: Number(modules), imports: Number(imports) }
}
