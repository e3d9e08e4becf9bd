import { reencodeEntry } from '@x07-lab/msg-core/format'
import { exitCodes } from '../../user-error.ts'
import { openLocated } from './locate.ts'
import type { CommandResult } from '../result.ts'

/** Takes every entry apart and puts it together again, and says whether the bytes are the same. */
export function roundtrip(root: string, files: readonly string[]): CommandResult {
  const rows = files.map((file) => {
    using cassette = openLocated(root, file)
    let differs: number | undefined
    for (let index = 0; index < cassette.count && differs === undefined; index++) {
      const document = cassette.entry(index)
      if (Buffer.compare(reencodeEntry(document), document) !== 0) differs = index
    }
    return {
      file,
      bytes: cassette.bytes,
      entries: cassette.count,
      identical: differs === undefined,
      ...(differs === undefined ? {} : { differs }),
    }
  })
  return {
    document: { cassettes: rows },
    lines: rows.map(({ file, bytes, entries, identical, differs }) =>
      identical
        ? `identical ${file} (${entries} entries, ${bytes} bytes)`
        : `differs   ${file} at entry ${differs ?? 0}`,
    ),
    exitCode: rows.every(({ identical }) => identical) ? exitCodes.ok : exitCodes.mismatch,
  }
}
