import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { check, type CheckResult, openSchemas, type Schemas } from '@x07-lab/arch-check'
import { alternate, rateOf } from '../../measure/alternate.ts'
import type { Row } from '../../row.ts'
import { output } from '../../work/output.ts'
import { compileSchemas, contractFiles, validateFiles } from './ajv.ts'
import { writeContracts } from './contracts.ts'
import { configureCruiser, cruise } from './cruiser.ts'
import { moduleCount, writeModules } from './modules.ts'

const command = fileURLToPath(new URL('./main.ts', import.meta.resolve('@x07-lab/arch-check')))
const ajvProgram = join(import.meta.dirname, 'validate.ts')

export const archCheckRow: Row = {
  name: 'arch-check',
  about:
    'check of 10,000 modules and 1,000 contract files, beside dependency-cruiser; of the contracts alone, beside ajv',
  async run({ scratch, progress }) {
    progress('writing the projects')
    const schemas = openSchemas()
    const whole = await writeProject(join(scratch, 'arch-check'), schemas)
    const contracts = await writeProject(join(scratch, 'contracts'), schemas, { modules: false })
    const config = configureCruiser(whole.root)
    await expectGraph(whole, schemas)
    const validators = compileSchemas()
    const files = contractFiles(contracts.root)
    const expectValid = (valid: number): void => expectCount('contract files that ajv finds valid', valid, files.length)
    // A program that is started again and again keeps what it compiled of itself, as arch-check does by default.
    const env = { ...process.env, NODE_COMPILE_CACHE: join(scratch, 'compiled') }

    progress(`measuring: ${moduleCount} modules and ${files.length} contract files`)
    const graph = await alternate(
      () => rateOf(moduleCount, () => output(process.execPath, [command, '--frozen'], { cwd: whole.root })),
      () => rateOf(moduleCount, () => cruiseAll(whole, config)),
      { warmUps: 0, rounds: 3 },
    )
    progress(`measuring: ${files.length} contract files`)
    const commands = await alternate(
      () => rateOf(files.length, () => output(process.execPath, [command, '--frozen'], { cwd: contracts.root, env })),
      () =>
        rateOf(files.length, async () =>
          expectValid(Number(await output(process.execPath, [ajvProgram, contracts.root], { env }))),
        ),
      { warmUps: 2, rounds: 21 },
    )
    const calls = await alternate(
      () => rateOf(files.length, () => acceptWhole(contracts.root, schemas)),
      () => rateOf(files.length, () => expectValid(validateFiles(validators, files))),
      { warmUps: 20, rounds: 101 },
    )
    return [
      {
        name: `check of ${moduleCount} modules and ${files.length} contract files, dependency-cruiser`,
        unit: 'modules/s',
        ...graph,
        wanted: { ratioAtLeast: 1 },
      },
      {
        name: `check of ${files.length} contract files, ajv`,
        unit: 'files/s',
        ...commands,
        wanted: { ratioAtLeast: 1 / 1.5 },
      },
      {
        name: 'the same in one process, all compiled and warm',
        unit: 'files/s',
        ...calls,
      },
    ]
  },
}

interface Project {
  readonly root: string
  readonly imports: number
}

/** A project of the size of the row in which nothing is wrong. */
export async function acceptedProject(root: string): Promise<{ readonly root: string; readonly modules: number }> {
  await writeProject(root, openSchemas())
  return { root, modules: moduleCount }
}

async function writeProject(root: string, schemas: Schemas, { modules = true } = {}): Promise<Project> {
  mkdirSync(root)
  const imports = modules ? writeModules(root).imports : 0
  writeContracts(root)
  const { locks } = await check({ root, writeLock: true }, schemas)
  for (const { path, text } of locks) writeFileSync(path, text)
  return { root, imports }
}

/** A comparison is worth something only where both see the same graph and neither finds anything wrong. */
async function expectGraph({ root, imports }: Project, schemas: Schemas): Promise<void> {
  const { stats } = await acceptWhole(root, schemas)
  expectCount('modules that arch-check sees', stats.modules, moduleCount)
  expectCount('imports that arch-check sees', stats.moduleEdges, imports)
}

async function cruiseAll({ root, imports }: Project, config: string): Promise<void> {
  const cruised = await cruise(root, config)
  expectCount('modules that dependency-cruiser sees', cruised.modules, moduleCount)
  expectCount('imports that dependency-cruiser sees', cruised.imports, imports)
}

/** @throws Error where arch-check finds anything */
async function acceptWhole(root: string, schemas: Schemas): Promise<CheckResult> {
  const result = await check({ root, frozen: true }, schemas)
  const [finding] = result.findings
  if (finding !== undefined) throw new Error(`check the project ${root}: ${finding.code}, ${finding.message}`)
  return result
}

function expectCount(what: string, seen: number, expected: number): void {
  if (seen !== expected) throw new Error(`count ${what}: ${seen}, expected ${expected}`)
}
