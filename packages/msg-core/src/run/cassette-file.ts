import { lstatSync, realpathSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join, relative } from 'node:path'
import { nodePath, errorCode } from '../format/cassette/open-file.ts'
import { hasCassetteEnding } from '../format/partial-name.ts'
import { makeFolder, oneLine } from '../kit/index.ts'
import { CASSETTE_FOLDER, isSafeCassettePath, resolveCassette, RrError } from '../rr/index.ts'

/** What is at a cassette's path: nothing, an empty file, or a recording (whole or damaged). */
export type CassetteState = 'absent' | 'empty' | 'recorded'

/**
 * A cassette's name as people write it, as a path below `.x07_rr/`: a leading `./` or `.x07_rr/` goes. Looks at no file.
 *
 * @throws RrError 2000 where it leads elsewhere: absolute, empty or `..` segments, backslashes, control characters
 */
export function cassetteName(given: string): string {
  const name = given.replace(/^(?:\.\/)+/, '').replace(new RegExp(`^${RegExp.escape(CASSETTE_FOLDER)}/`), '')
  // A line break in a name would tear every message about it apart.
  if (isSafeCassettePath(Buffer.from(name)) && !/[\p{Cc}\u2028\u2029]/u.test(name)) return name
  throw new RrError(
    2000,
    `cassette ${oneLine(JSON.stringify(given))}: give a path below ${CASSETTE_FOLDER}/, such as orders.rrbin; it may not be absolute, nor hold "..", "." or empty segments, backslashes, a segment that starts with ".x07_", or control characters`,
  )
}

/** A cassette found by name. */
export interface CassetteFile {
  /** Path below `.x07_rr/`, with its ending. */
  readonly name: string
  readonly path: string
  readonly state: CassetteState
}

/**
 * The file of a cassette: as named where it has an ending of cassettes or such a file is there (X07 takes any name), else
 * with `.rrbin` behind it. `orders`, `orders.rrbin` and `.x07_rr/orders.rrbin` are the same one.
 *
 * @throws RrError 2000 as {@link cassetteName}, 2002 for a symlink that leaves the folder, or what is not a file
 */
export function findCassette(root: string, given: string): CassetteFile {
  const name = cassetteName(given)
  const asNamed = look(root, name)
  if (hasCassetteEnding(name) || asNamed === 'empty' || asNamed === 'recorded') return fileOf(root, name, asNamed)
  return fileOf(root, `${name}.rrbin`, look(root, `${name}.rrbin`))
}

function fileOf(root: string, name: string, state: CassetteState | 'other'): CassetteFile {
  if (state !== 'other') return { name, path: join(root, CASSETTE_FOLDER, name), state }
  throw new RrError(2002, `open cassette "${name}": it is not a file; give another name`)
}

function look(root: string, name: string): CassetteState | 'other' {
  const path = nodePath(resolveCassette(root, Buffer.from(name)))
  try {
    const stat = statSync(path, { throwIfNoEntry: false })
    if (stat === undefined) return 'absent'
    return stat.isFile() ? (stat.size === 0 ? 'empty' : 'recorded') : 'other'
  } catch (cause) {
    const why = errorCode(cause)
    // No file can be there; a recording is told so when it makes its own.
    if (why === 'ENOTDIR' || why === 'ENAMETOOLONG') return 'absent'
    throw new RrError(2002, `open cassette "${name}": ${why}; check its folder and their permissions`, { cause })
  }
}

/** Makes the folder of a cassette. @throws RrError 2002 where it cannot be made, or a symlink leaves `.x07_rr/` */
export function makeCassetteFolder(root: string, name: string): void {
  const folder = dirname(join(root, CASSETTE_FOLDER, name))
  try {
    // Not through a symlink: that may lead anywhere.
    refuseFolderElsewhere(root)
    resolveCassette(root, Buffer.from(name))
    makeFolder(folder)
  } catch (cause) {
    if (cause instanceof RrError) throw cause
    throw cannotRecord(name, cause)
  }
}

/** A repository can carry `.x07_rr` as a symlink: one is read through, but nothing is written where it leaves the project. */
function refuseFolderElsewhere(root: string): void {
  const folder = join(root, CASSETTE_FOLDER)
  if (lstatSync(folder, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return
  const target = relative(realpathSync.native(root), realpathSync.native(folder))
  if (!target.startsWith('..') && !isAbsolute(target)) return
  throw new RrError(
    2002,
    `record: ${CASSETTE_FOLDER}/ is a symlink that leads out of the project; put the folder itself there`,
  )
}

/** The error of a recording that has no place. */
export function cannotRecord(name: string, cause: unknown): RrError {
  const message = `record ${name}: no file can be made there (${errorCode(cause)}); check its name, its folder and their permissions`
  return new RrError(2002, message, { cause })
}
