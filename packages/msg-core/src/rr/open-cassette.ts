import type { FlushPolicy } from '../format/cassette/writer.ts'
import { displayPath } from '../format/cassette/messages.ts'
import { openReader } from '../format/cassette/reader.ts'
import type { IndexedReader } from '../format/cassette/reader.ts'
import { resolveCassette } from './cassette-path.ts'
import { configPath, decodeConfig } from './config.ts'
import type { RrConfig } from './config.ts'
import { CassetteHandle, type HandleParts } from './cassette-handle.ts'
import type { RrHandle } from './handle.ts'
import { MODE_RULES } from './modes.ts'
import { createVirtualClock } from './virtual-clock.ts'
import type { VirtualClock } from './virtual-clock.ts'

/** Where a cassette is opened and what its handle works with. */
export interface OpenOptions {
  /** The folder that holds `.x07_rr`. */
  readonly root: string
  /** What latencies pass on; share one between handles whose waits should overlap. By default one of its own. */
  readonly clock?: VirtualClock
  /** When appends reach the operating system, by default before they return. */
  readonly flush?: FlushPolicy
  /** Nothing else appends to the file, so that `admit` can take room on the disk. */
  readonly exclusive?: boolean
  /** Refuse to write (2002 at the first append), as in X07's solve worlds. */
  readonly readOnly?: boolean
}

/**
 * Opens a cassette: checks the configuration, then, in the modes that replay, loads and checks the file. In the others the
 * file is not touched before the first append.
 *
 * @throws RrError 2000 or 2001 for the configuration; when loading 2002 to 2008 and 2014, as `openReader`
 */
export async function openCassette(config: RrConfig | Uint8Array, options: OpenOptions): Promise<RrHandle> {
  return openHandle(config, options)
}

/** {@link openCassette} at once, also for a part of a recording that goes on in others. */
export function openHandle(
  config: RrConfig | Uint8Array,
  options: OpenOptions & Pick<HandleParts, 'after' | 'goesOn'>,
): CassetteHandle {
  const checked = config instanceof Uint8Array ? decodeConfig(config) : config
  const cassette = configPath(checked)
  const name = displayPath(cassette)
  const path = () => resolveCassette(options.root, cassette)
  return new CassetteHandle({
    config: checked,
    path,
    name,
    reader: load(checked, path, name),
    clock: options.clock ?? createVirtualClock(),
    flush: options.flush ?? 'append',
    exclusive: options.exclusive ?? false,
    readOnly: options.readOnly ?? false,
    after: options.after,
    goesOn: options.goesOn ?? false,
  })
}

function load(config: RrConfig, path: () => string | Uint8Array, name: string): IndexedReader | undefined {
  const rule = MODE_RULES[config.mode].load
  if (rule === 'no') return undefined
  return openReader(path(), { limits: config.limits, name, noFollow: true, emptyIfAbsent: rule === 'if present' })
}
