import { checkSeal, decodeEntry } from '@x07-lab/msg-core/format'
import { readResults } from '../../results/result-entries.ts'
import { exitCodes } from '../../user-error.ts'
import { locate, openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** Lanes told one by one; of somebody else's cassette there may be millions. */
const shownLanes = 10_000

/** What a cassette holds: its lanes, its results, its seal. */
export function stats(root: string, file: string): CommandResult {
  using cassette = openLocated(root, file)
  const lanes = cassette.lanes.size
  const totals = Array.from({ length: Math.min(lanes, shownLanes) }, (_, id) => {
    const lane = cassette.lanes.get(id)
    return { kind: text(lane?.kind), op: text(lane?.op), key: text(lane?.key), entries: 0, failures: 0, bytes: 0 }
  })
  for (let index = 0; index < cassette.count; index++) {
    const total = totals[cassette.lane(index)]
    if (total === undefined) continue
    total.entries++
    total.bytes += 4 + cassette.length(index)
    if (cassette.length(index) <= maxLookedAt && decodeEntry(cassette.entry(index)).err !== 0) total.failures++
  }
  const seal = checkSeal(cassette, locate(root, file))
  const results = Object.entries(readResults(cassette) ?? {}).map(([name, { bytes }]) => ({ name, bytes }))
  const more = lanes - totals.length
  return {
    document: { file, entries: cassette.count, bytes: cassette.bytes, lanes: totals, more_lanes: more, results, seal },
    lines: [
      `${file}: ${cassette.count} entries, ${cassette.bytes} bytes`,
      ...totals.map(
        ({ op, key, entries, failures, bytes }) =>
          `  ${String(entries).padStart(8)}  ${op}  ${key}  (${bytes} bytes${failures > 0 ? `, ${failures} failed` : ''})`,
      ),
      ...(more > 0 ? [`  and ${more} more lanes`] : []),
      ...(seal.kind === 'sealed'
        ? Object.entries(seal.seal).map(([name, value]) => `  seal ${name}: ${sealed(name, value)}`)
        : [`  ${seal.kind}${seal.kind === 'broken' ? `: ${seal.reason}` : ''}`]),
    ],
    exitCode: exitCodes.ok,
  }
}

/** A larger entry is counted and not read. */
const maxLookedAt = 16 * 1024 * 1024

/** What a seal says of one thing. The contracts are whole documents: their names are told, the documents by `--json`. */
function sealed(name: string, value: unknown): string {
  const isDocuments = name === 'contracts' && typeof value === 'object' && value !== null
  return isDocuments ? Object.keys(value).join(', ') : JSON.stringify(value)
}

function text(bytes: Uint8Array = new Uint8Array(0)): string {
  return Buffer.from(bytes).toString()
}
