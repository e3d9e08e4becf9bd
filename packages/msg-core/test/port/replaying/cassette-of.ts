import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { encodeEntry, openReader, openWriter, type CassetteReader } from '../../../src/format/cassette/index.ts'
import type { RecordingSink } from '../../../src/port/recording/index.ts'

/** A cassette file in a folder of its own, written by `write` and open for reading. */
export async function cassetteOf(
  write: (sink: RecordingSink) => void | Promise<void>,
): Promise<{ reader: CassetteReader; remove: () => void }> {
  const folder = mkdtempSync(join(tmpdir(), 'cassette-'))
  const path = join(folder, 'c.rrbin')
  const writer = openWriter(path)
  let position = 0
  try {
    await write({
      begin: () => position++,
      appendEntry: (fields) => {
        writer.append(encodeEntry(fields))
        position++
      },
    })
  } finally {
    writer.close()
  }
  const reader = openReader(path)
  return {
    reader,
    remove: () => {
      reader.close()
      rmSync(folder, { recursive: true })
    },
  }
}
