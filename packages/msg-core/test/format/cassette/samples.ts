import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { onTestFinished } from 'vitest'

import { encodeEntry } from '../../../src/format/cassette/index.ts'
import type { EntryFields } from '../../../src/format/cassette/index.ts'

export const utf8 = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))
export const fromHex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

/** An entry with defaults for what a test does not care about. */
export function entryFields(fields: Partial<EntryFields> = {}): EntryFields {
  return { kind: 'rr', op: 'fetch', key: 'k', req: utf8(''), resp: utf8('PONG'), ...fields }
}

export const entryDocument = (fields: Partial<EntryFields> = {}): Uint8Array => encodeEntry(entryFields(fields))

/** Documents as a cassette file: each behind its length. */
export function cassetteBytes(documents: readonly Uint8Array[]): Uint8Array {
  const parts = documents.flatMap((document) => {
    const length = Buffer.alloc(4)
    length.writeUInt32LE(document.length)
    return [length, document]
  })
  return new Uint8Array(Buffer.concat(parts))
}

/** A folder of its own for one test, removed afterwards. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'msg-core-cassette-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A file with these bytes in a folder of its own. */
export function scratchFile(bytes: Uint8Array, name = 'c.rrbin'): string {
  const path = join(scratchFolder(), name)
  writeFileSync(path, bytes)
  return path
}
