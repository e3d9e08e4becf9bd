import { readdirSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { whyFailed } from '@x07-lab/msg-core/kit'
import { derive, planEnding, readPlan, type Derived } from '../faults/derive.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { CommandResult } from './result.ts'

/** What `lab fault` is asked for. */
export interface FaultRequest {
  readonly name: string
  /** The plan's file. */
  readonly plan: string | undefined
  readonly cassette: string | undefined
}

/** Makes a cassette of a recording and a plan of faults. */
export async function fault(root: string, cwd: string, request: FaultRequest): Promise<CommandResult> {
  const { name, plan, cassette } = request
  if (plan === undefined) {
    throw new UserError(`fault: --plan missing; give the file of a plan, such as arch/vcr/duplicate${planEnding}`)
  }
  const derived = await derive(root, name, readPlan(resolve(cwd, plan)), cassette)
  return {
    document: derived,
    lines: [
      `derived   ${derived.cassette} from ${derived.from} by the plan ${derived.plan} (${derived.entries} entries)`,
      `replay    pnpm lab replay --cassette ${derived.cassette}`,
    ],
    exitCode: exitCodes.ok,
  }
}

/**
 * Derives each cassette by each plan of a folder.
 *
 * @throws UserError where the folder holds no plan: a CI job that tries nothing must not be green
 */
export async function deriveAll(root: string, folder: string, cassettes: readonly string[]): Promise<Derived[]> {
  let names: string[]
  try {
    names = readdirSync(folder)
      .filter((name) => name.endsWith(planEnding))
      .sort()
  } catch (cause) {
    throw new UserError(`--faults ${folder}: ${whyFailed(cause)}; give a folder of plans`, exitCodes.environment, {
      cause,
    })
  }
  if (names.length === 0) {
    const shown = relative(root, folder)
    throw new UserError(
      `--faults ${shown}: there is no plan in it; a plan is a file NAME${planEnding}`,
      exitCodes.environment,
    )
  }
  const all: Derived[] = []
  for (const cassette of cassettes) {
    for (const name of names) all.push(await derive(root, cassette, readPlan(join(folder, name))))
  }
  return all
}
