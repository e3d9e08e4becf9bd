import { copyFileSync, mkdtempSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import {
  checkSeal,
  inspectCassette,
  NO_LIMITS,
  openReader,
  withoutLaterParts,
  type CassetteReader,
  partialEnding,
} from '@x07-lab/msg-core/format'
import { findCassette } from '@x07-lab/msg-core/run'
import { exitCodes, UserError } from '../user-error.ts'

/** What a worker recorded: whole, or up to where it died. */
export interface ShardCassette extends Disposable {
  readonly name: string
  readonly whole: boolean
  readonly reader: CassetteReader
  readonly open: ReadonlySet<number>
  readonly sha256: string | undefined
}

/**
 * The cassettes `NAME.K-of-N.rrbin` of all N workers, and what workers that died had recorded until then.
 *
 * @throws UserError where there is none, or that of a worker is missing
 */
export function openShards(root: string, given: string): ShardCassette[] {
  const file = findCassette(root, given)
  const stem = basename(file.name).replace(/\.rrbin$/, '')
  const pattern = new RegExp(`^${RegExp.escape(stem)}\\.(\\d+)-of-(\\d+)(\\..+)?\\.rrbin$`)
  const folder = dirname(file.path)
  const found = withoutLaterParts(readdirSync(folder), (name) => join(folder, name))
    .sort()
    .flatMap((name) => {
      const [, index = '', count = ''] = pattern.exec(name) ?? []
      return index === ''
        ? []
        : [{ name, index: Number(index), count: Number(count), whole: !name.endsWith(partialEnding) }]
    })
  const counts = new Set(found.map(({ count }) => count))
  const [count = 0] = counts
  if (counts.size !== 1) {
    const why =
      counts.size === 0
        ? 'there is none'
        : `there are some of ${[...counts].join(' and of ')} workers; remove those of another run`
    throw new UserError(
      `merge ${given}: the cassettes ${stem}.K-of-N.rrbin are merged, and ${why}`,
      exitCodes.environment,
    )
  }
  const missing = Array.from({ length: count }, (_, at) => at + 1).filter(
    (index) => !found.some((one) => one.index === index && one.whole),
  )
  if (missing.length > 0) {
    throw new UserError(
      `merge ${given}: of ${count} workers ${missing.join(', ')} has no complete cassette; run lab work --shard ${missing[0]}/${count} again`,
      exitCodes.environment,
    )
  }
  return found.map(({ name, whole }) =>
    whole ? openWhole(join(folder, name), name) : openDead(join(folder, name), name),
  )
}

function openWhole(path: string, name: string): ShardCassette {
  const reader = openReader(path, { limits: NO_LIMITS, name })
  const check = checkSeal(reader, path)
  if (check.kind !== 'sealed') {
    reader[Symbol.dispose]()
    const why = check.kind === 'broken' ? check.reason : 'it has no seal'
    throw new UserError(`merge: ${name}: ${why}; run its worker again`, exitCodes.environment)
  }
  const { open, sha256 } = check.seal
  return { name, whole: true, reader, open: new Set(open), sha256, [Symbol.dispose]: () => reader[Symbol.dispose]() }
}

/** Up to its last whole entry: what a worker was writing when it died may be torn. */
function openDead(path: string, name: string): ShardCassette {
  const state = inspectCassette(path, name, true)
  if (state?.damage === undefined) {
    const reader = openReader(path, { limits: NO_LIMITS, name })
    return {
      name,
      whole: false,
      reader,
      open: new Set(),
      sha256: undefined,
      [Symbol.dispose]: () => reader[Symbol.dispose](),
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'lab-merge-'))
  const copy = join(folder, name)
  copyFileSync(path, copy)
  truncateSync(copy, state.validBytes)
  const reader = openReader(copy, { limits: NO_LIMITS, name })
  return {
    name,
    whole: false,
    reader,
    open: new Set(),
    sha256: undefined,
    [Symbol.dispose]() {
      reader[Symbol.dispose]()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
