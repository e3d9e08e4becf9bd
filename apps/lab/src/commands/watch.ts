import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Writable } from 'node:stream'
import { text as textOf } from 'node:stream/consumers'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { insteadWhenAsked } from '../cli/stop-signals.ts'
import { printLines } from '../cli/stdout.ts'
import { programRoot } from '../root.ts'
import { exitCodes } from '../user-error.ts'

/** What is replayed again and again. */
export interface WatchRequest {
  /** The words behind `lab`, without `--watch`. */
  readonly args: readonly string[]
  readonly root: string
  readonly cwd: string
  /** The file of `--input`, absolute. */
  readonly input: string | undefined
}

/** Changes that come closer together are one: editors write a file in several steps. */
const settleMs = 150

/**
 * Replays now, and again whenever a source of this program, a contract, a cassette or the input changes: each time in a process of
 * its own, which loads the sources as they are then. The first run is shown whole, later ones by what became different.
 *
 * @returns when it is asked to stop
 */
export async function watchReplay({ args, root, cwd, input }: WatchRequest, stdout: Writable): Promise<number> {
  let running: ChildProcess | undefined
  const stopped = Promise.withResolvers<'stopped'>()
  const restore = insteadWhenAsked((signal) => {
    running?.kill(signal)
    stopped.resolve('stopped')
  })
  const changes = new Changes(placesOf(root, input))
  let before: readonly string[] | undefined
  try {
    for (;;) {
      running = spawn(process.execPath, [join(programRoot, 'scripts', 'start', 'lab.cjs'), ...args], {
        cwd,
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      const exit = once(running, 'close')
      const output = running.stdout === null ? '' : await textOf(running.stdout)
      await exit
      const now = output.split('\n').filter((line) => line !== '')
      printLines(stdout, before === undefined ? now : difference(before, now))
      before = now
      const next = await Promise.race([changes.next(), stopped.promise])
      if (next === 'stopped') return exitCodes.interrupted
      printLines(stdout, ['', `changed   ${next}`])
    }
  } finally {
    changes.end()
    restore()
  }
}

/** Lines that went and lines that came; the last one always, which is the verdict. */
function difference(before: readonly string[], now: readonly string[]): string[] {
  const [old, present] = [new Set(before), new Set(now)]
  const gone = before.filter((line) => !present.has(line)).map((line) => `- ${line}`)
  const come = now.filter((line) => !old.has(line)).map((line) => `+ ${line}`)
  if (gone.length + come.length === 0) return ['nothing became different', ...now.slice(-1)]
  return [...gone, ...come, ...(old.has(now.at(-1) ?? '') ? now.slice(-1) : [])]
}

interface Place {
  readonly folder: string
  /** The only file of the folder that counts; all of them, at every depth, where there is none. */
  readonly file?: string
}

function placesOf(root: string, input: string | undefined): Place[] {
  const sources = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(programRoot, group)).map((name) => join(programRoot, group, name, 'src')),
  )
  return [
    ...[join(root, 'arch'), join(root, CASSETTE_FOLDER), ...sources].map((folder) => ({ folder })),
    ...(input === undefined ? [] : [{ folder: dirname(input), file: basename(input) }]),
  ].filter(({ folder }) => existsSync(folder))
}

/** What changes below some folders, by name. */
class Changes {
  readonly #watchers
  #changed: string | undefined
  #take: (() => void) | undefined

  constructor(places: readonly Place[]) {
    this.#watchers = places.map(({ folder, file }) =>
      watch(folder, { recursive: file === undefined }, (_event, name) => {
        if (name === null || (file !== undefined && name !== file)) return
        this.#changed = join(folder, name)
        this.#take?.()
      }),
    )
  }

  /** The last file that changed since this was asked before, once changes have come to rest. */
  async next(): Promise<string> {
    for (;;) {
      if (this.#changed === undefined) await new Promise<void>((take) => (this.#take = take))
      const changed = this.#changed
      await new Promise((rest) => setTimeout(rest, settleMs))
      if (changed === undefined || changed !== this.#changed) continue
      this.#changed = undefined
      return changed
    }
  }

  end(): void {
    for (const watcher of this.#watchers) watcher.close()
  }
}
