import { checkSeal, decodeEntry } from '@x07-lab/msg-core/format'
import { readResults } from '../../results/result-entries.ts'
import { exitCodes } from '../../user-error.ts'
import { locate, openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** What a cassette holds: its lanes, its results, its seal. */
export function stats(root: string, file: string): CommandResult {
  using cassette = openLocated(root, file)
  const totals = [...cassette.lanes.values()].map(({ kind, op, key }) => ({
    kind: text(kind),
    op: text(op),
    key: text(key),
    entries: 0,
    failures: 0,
    bytes: 0,
  }))
  for (let index = 0; index < cassette.count; index++) {
    const total = totals[cassette.lane(index)]
    if (total === undefined) continue
    const document = cassette.entry(index)
    total.entries++
    total.bytes += 4 + document.length
    if (decodeEntry(document).err !== 0) total.failures++
  }
  const seal = checkSeal(cassette, locate(root, file))
  const results = Object.entries(readResults(cassette) ?? {}).map(([name, bytes]) => ({ name, bytes: bytes.length }))
  return {
    document: { file, entries: cassette.count, bytes: cassette.bytes, lanes: totals, results, seal },
    lines: [
      `${file}: ${cassette.count} entries, ${cassette.bytes} bytes`,
      ...totals.map(
        ({ op, key, entries, failures, bytes }) =>
          `  ${String(entries).padStart(8)}  ${op}  ${key}  (${bytes} bytes${failures > 0 ? `, ${failures} failed` : ''})`,
      ),
      ...(seal.kind === 'sealed'
        ? Object.entries(seal.seal).map(([name, value]) => `  seal ${name}: ${JSON.stringify(value)}`)
        : [`  ${seal.kind}${seal.kind === 'broken' ? `: ${seal.reason}` : ''}`]),
    ],
    exitCode: exitCodes.ok,
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString()
}
