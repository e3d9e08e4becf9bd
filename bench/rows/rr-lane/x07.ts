import { accessSync, constants, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { encodeConfig } from '@x07-lab/msg-core/rr'
import { output } from '../../work/output.ts'
import { lane, laneConfig, type LaneMatchMode } from './lane.ts'

/** The same program as `drain.ts`, in X07's language. */
const program = join(import.meta.dirname, 'drain.x07.json')

/** Generous: what is measured is time. */
const limits = ['--solve-fuel=100000000000', '--max-memory-bytes=2000000000', '--cpu-time-limit-seconds=600']

/** The runner that `X07_HOST_RUNNER` names, else the one on the path. */
export function findRunner(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const named = env['X07_HOST_RUNNER']
  const candidates =
    named === undefined
      ? (env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, 'x07-host-runner'))
      : [named]
  return candidates.find(isExecutable)
}

/** Has X07 compile the program once. @returns the path of the executable */
export async function compileDrain(runner: string, root: string): Promise<string> {
  const artifact = join(root, 'drain')
  const world = ['--world=solve-rr', `--fixture-rr-dir=${join(root, '.x07_rr')}`]
  await output(runner, [`--program=${program}`, ...world, ...limits, '--compile-only', `--compiled-out=${artifact}`])
  return artifact
}

/** Drains the lane with the compiled program. @returns how many entries there were */
export async function drainWithX07(
  runner: string,
  artifact: string,
  root: string,
  matchMode: LaneMatchMode,
): Promise<number> {
  const input = join(root, `input-${matchMode}`)
  const texts = [
    encodeConfig(laneConfig(matchMode)),
    ...[lane.kind, lane.op, lane.key].map((text) => Buffer.from(text)),
  ]
  writeFileSync(input, Buffer.concat(texts.flatMap((text) => [u32(text.length), text])))
  const world = ['--world=solve-rr', `--fixture-rr-dir=${join(root, '.x07_rr')}`]
  const said = await output(runner, [`--artifact=${artifact}`, ...world, ...limits, `--input=${input}`])
  const { solve_output_b64: answer } = JSON.parse(said) as { readonly solve_output_b64: string }
  return Buffer.from(answer, 'base64').readUInt32LE(0)
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
