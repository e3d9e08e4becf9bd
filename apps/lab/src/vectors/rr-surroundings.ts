import { lstat, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { RrVector } from './rr-vector.ts'

/** A fresh folder in which one script runs. */
export interface Surroundings extends AsyncDisposable {
  readonly root: string
  /** The watched cassette now, as hex; null where it is no plain file. */
  fileHex(): Promise<string | null>
}

/** Lays out what a vector asks for: `.x07_rr`, the cassette before, or the special thing in its place. */
export async function layOut(vector: RrVector): Promise<Surroundings> {
  const root = await mkdtemp(join(tmpdir(), 'x07-rr-vector-'))
  const folder = join(root, '.x07_rr')
  const file = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from(vector.path_hex, 'hex')])
  if (vector.env !== 'no_rr_dir') await mkdir(folder)
  if (vector.env === 'parent_exists') await mkdir(parentOf(file), { recursive: true })
  else if (vector.env === 'dir') await mkdir(file, { recursive: true })
  else if (vector.env === 'dev_full') await symlink('/dev/full', file)
  if (vector.file_before_hex !== null) {
    await mkdir(parentOf(file), { recursive: true })
    await writeFile(file, Buffer.from(vector.file_before_hex, 'hex'))
  }
  return {
    root,
    fileHex: () => plainFileHex(file),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  }
}

function parentOf(file: Buffer): Buffer {
  return file.subarray(0, file.lastIndexOf('/'))
}

async function plainFileHex(file: Buffer): Promise<string | null> {
  try {
    return (await lstat(file)).isFile() ? (await readFile(file)).toString('hex') : null
  } catch {
    return null
  }
}
