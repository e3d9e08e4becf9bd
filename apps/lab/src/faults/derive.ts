import { hash } from 'node:crypto'
import { basename, join } from 'node:path'
import type { JsonObject } from '@x07-lab/msg-core'
import { canonicalJsonBytes, CASSETTE_FOLDER, checkSeal, NO_LIMITS, openReader } from '@x07-lab/msg-core/format'
import { readContract, readJsonFile } from '@x07-lab/msg-core/json'
import { whyFailed } from '@x07-lab/msg-core/kit'
import { defaultLimits, findCassette, nearCassettes, openRecording } from '@x07-lab/msg-core/run'
import { exitCodes, UserError } from '../user-error.ts'
import { idsOfFault, withFault } from './faults.ts'
import { faultPlanForm, type FaultPlan } from './plan.generated.ts'
import { stepsOf } from './steps.ts'

/** What the name of a plan's file ends in. */
export const planEnding = '.fault.json'

/** A cassette that a plan made of another one. */
export interface Derived {
  /** Name below `.x07_rr/`. */
  readonly cassette: string
  readonly from: string
  readonly plan: string
  readonly expect: 'hold' | 'break'
  readonly entries: number
}

/** @throws UserError where it is not a plan, naming the field */
export function readPlan(file: string): FaultPlan {
  const refuse = (problem: string, cause?: unknown): UserError =>
    new UserError(`fault plan ${file}: ${problem}`, exitCodes.environment, { cause })
  let value: unknown
  try {
    value = readJsonFile(file)
  } catch (cause) {
    throw refuse(whyFailed(cause), cause)
  }
  const plan = readContract(faultPlanForm, value, refuse)
  if (`${plan.id}${planEnding}` === basename(file)) return plan
  throw refuse(`its id is ${JSON.stringify(plan.id)}; name the file ${plan.id}${planEnding}`)
}

/** The name of the cassette that a plan makes of another one. */
export function derivedName(from: string, plan: string): string {
  return `${from.replace(/\.rrbin$/, '')}.fault-${plan}.rrbin`
}

/**
 * Makes a cassette of a recording and a plan. It is sealed as derived: the seal says from which recording and by which plan. The
 * results of the recording stay in it, to be compared with what the program makes of the faults, unless the broker is gone for good.
 *
 * @param cassette where it goes; default {@link derivedName}. What is there is replaced
 * @throws UserError where the recording is damaged, or has not what the plan is about
 */
export async function derive(root: string, source: string, plan: FaultPlan, cassette?: string): Promise<Derived> {
  const from = findCassette(root, source)
  if (from.state !== 'recorded') {
    const remedy = nearCassettes(root, from.name) ?? 'pnpm lab cassette ls tells what there is'
    throw new UserError(
      `fault: there is no recording ${from.name} in ${CASSETTE_FOLDER}/; ${remedy}`,
      exitCodes.environment,
    )
  }
  const target = findCassette(root, cassette ?? derivedName(from.name, plan.id))
  if (target.path === from.path)
    throw new UserError(`fault: --cassette ${target.name} is the recording itself; give another name`)
  using reader = openReader(from.path, { limits: NO_LIMITS, name: from.name })
  const parts = reader.parts?.length ?? 1
  if (parts > 1) {
    throw new UserError(
      `fault ${from.name}: it is in ${parts} parts, and faults are derived of recordings in one; record fewer messages for it`,
    )
  }
  const check = checkSeal(reader, join(from.path))
  if (check.kind === 'broken') {
    throw new UserError(`fault ${from.name}: ${check.reason}; restore it, or record it again`, exitCodes.environment)
  }
  const seal = check.kind === 'sealed' ? check.seal : undefined
  const entries = seal?.entries ?? reader.count
  let steps = stepsOf(reader, new Set(seal?.open ?? []), entries)
  for (const [at, fault] of plan.faults.entries()) {
    const nth = plan.faults.length > 1 ? `fault ${at + 1} of ` : ''
    const where = `fault ${from.name}: ${nth}plan ${plan.id}, ${fault.kind}`
    steps = withFault(steps, fault, { where, firstId: entries + at * idsOfFault })
  }
  const run = await openRecording({
    root,
    file: target,
    config: { matchMode: 'lookup_v1', limits: defaultLimits },
    // The recording has no secret any more.
    secrecy: { redactor: false },
  })
  try {
    const begun = new Map<number, number>()
    for (const { id, half, fields } of steps()) {
      if (half === 'begin') begun.set(id, run.begin())
      else {
        const seq = begun.get(id)
        begun.delete(id)
        run.appendEntry({ ...fields(), ...(seq === undefined ? {} : { seq }) })
      }
    }
    run.complete({ open: [...begun.values()].sort((a, b) => a - b), more: sealOf(seal, from.name, plan) })
  } catch (error) {
    run.abandon()
    throw error
  }
  return { cassette: target.name, from: from.name, plan: plan.id, expect: plan.expect ?? 'hold', entries: run.entries }
}

/** What the seal of the recording says of broker and contracts holds for what is made of it. */
function sealOf(seal: Readonly<Record<string, unknown>> | undefined, from: string, plan: FaultPlan): JsonObject {
  const { entries: _, bytes: _bytes, sha256, open: _open, begin: _begin, seal_sha256: _seal, ...kept } = seal ?? {}
  return {
    ...(kept as JsonObject),
    derived: {
      cassette: from,
      ...(typeof sha256 === 'string' ? { sha256 } : {}),
      plan: plan.id,
      plan_sha256: hash('sha256', canonicalJsonBytes(JSON.parse(JSON.stringify(plan)))),
    },
  }
}
