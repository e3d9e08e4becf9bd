import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { recordLive } from '../../work/recording.ts'
import type { ourReplay } from '../replay/ours.ts'
import type { drainInstalled, installDrain } from '../rr-lane/installed.ts'

type Codec = Pick<typeof import('@x07-lab/msg-core/format'), 'decodeEntry' | 'encodeEntry'>

/** What the bench of another checkout measures of its own build. */
export interface OtherCheckout {
  readonly ourReplay: typeof ourReplay
  readonly recordLive: typeof recordLive
  readonly installDrain: typeof installDrain
  readonly drainInstalled: typeof drainInstalled
  readonly codec: Codec
  /** Programs of its command lines. */
  readonly lab: string
  readonly archCheck: string
}

/**
 * Loads the pieces of another checkout of this project into this process.
 *
 * @param path its folder, with its dependencies installed
 * @throws Error where there is no bench in it, or it cannot be loaded
 */
export async function openOtherCheckout(path: string): Promise<OtherCheckout> {
  const main = join(path, 'bench', 'main.ts')
  if (!existsSync(main)) throw new Error(`open the checkout ${path}: there is no bench/main.ts in it`)
  const { resolve } = createRequire(main)
  const load = async (file: string): Promise<unknown> => import(pathToFileURL(file).href)
  const bench = (file: string): Promise<unknown> => load(join(path, 'bench', file))
  const [replay, recording, drain, codec] = await Promise.all([
    bench('rows/replay/ours.ts'),
    bench('work/recording.ts'),
    bench('rows/rr-lane/installed.ts'),
    load(resolveFirst(resolve, ['@x07-lab/msg-core/format', '@x07-lab/msg-core'])),
  ])
  return {
    ...(replay as Pick<OtherCheckout, 'ourReplay'>),
    ...(recording as Pick<OtherCheckout, 'recordLive'>),
    ...(drain as Pick<OtherCheckout, 'installDrain' | 'drainInstalled'>),
    codec: codec as Codec,
    lab: join(path, 'apps', 'lab', 'src', 'main.ts'),
    archCheck: join(path, 'packages', 'arch-check', 'src', 'main.ts'),
  }
}

/** Builds from before the format had an entry point of its own have it in the first one. */
function resolveFirst(resolve: (id: string) => string, ids: readonly string[]): string {
  for (const id of ids) {
    try {
      return resolve(id)
    } catch {
      // The next one.
    }
  }
  throw new Error(`resolve ${ids.join(' or ')}: neither is exported there`)
}
