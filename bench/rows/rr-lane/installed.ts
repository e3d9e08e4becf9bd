import { copyFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { encodeConfig } from '@x07-lab/msg-core/rr'
import { programRoot } from 'lab/src/root.ts'
import { output } from '../../work/output.ts'
import { lane, laneConfig, type LaneMatchMode } from './lane.ts'

const packageName = '@x07-lab/msg-core'

/**
 * Builds and packs msg-core and puts it below `node_modules` of `root`, as npm would, and the program beside it as
 * JavaScript: what is measured is what a user has installed, not this workspace's sources.
 *
 * @returns the path of the program
 */
export async function installDrain(root: string): Promise<string> {
  const sources = join(programRoot, 'packages', 'msg-core')
  const packed = join(root, 'packed')
  await output('pnpm', ['run', 'build'], { cwd: sources })
  await output('pnpm', ['pack', '--pack-destination', packed], { cwd: sources })
  const [tarball = ''] = readdirSync(packed)
  const installed = join(root, 'node_modules', packageName)
  mkdirSync(installed, { recursive: true })
  await output('tar', ['-xzf', join(packed, tarball), '-C', installed, '--strip-components=1'])
  const program = join(root, 'drain.mjs')
  // It holds no types, so that as it stands it is JavaScript.
  copyFileSync(join(import.meta.dirname, 'drain.ts'), program)
  return program
}

/** Drains the lane with the program that `installDrain` made. @returns how many entries there were */
export async function drainInstalled(program: string, root: string, mode: LaneMatchMode): Promise<number> {
  const config = Buffer.from(encodeConfig(laneConfig(mode))).toString('hex')
  // Nothing compiled is kept between runs, also where the person who measures keeps it.
  const { NODE_COMPILE_CACHE: _, ...env } = process.env
  return Number(await output(process.execPath, [program, root, config, lane.kind, lane.op, lane.key], { env }))
}
