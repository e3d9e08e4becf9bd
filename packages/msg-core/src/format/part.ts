import { closeSync, constants, existsSync, readSync } from 'node:fs'
import { openRegularFile, type FilePath } from './cassette/open-file.ts'
import { decodeEntry } from './cassette/index.ts'
import { partialEnding } from './partial-name.ts'
import { parseSeal, sealKey, sealOp, type Seal } from './seal-form.ts'

/**
 * A recording that outgrows one cassette goes on in the next: `NAME.rrbin`, `NAME.2.rrbin`, `NAME.3.rrbin` … Each part is a
 * cassette of its own for any reader of the format and ends with a seal; the seal says which part it is and names the seal of the
 * part before, so that no part can be left out, swapped, or taken from another recording.
 */
export interface PartOfSeal {
  /** From 1. */
  readonly number: number
  /** How many parts there are; in the last one alone. */
  readonly parts?: number
  /** `seal_sha256` of the part before; not in the first. */
  readonly previous_seal_sha256?: string
}

/** Parts of one recording at most; 999 of 4 GiB are more than a disk of today. */
export const maxParts = 999

const endings = [partialEnding, '.rrbin', '.bin']

/** The name of a part: the number stands before the ending, `orders.2.rrbin`. The first has the name itself. */
export function partFileName(name: string, number: number): string {
  if (number === 1) return name
  const ending = endings.find((one) => name.endsWith(one)) ?? ''
  return `${name.slice(0, name.length - ending.length)}.${number}${ending}`
}

/** The first part's name and the number, where a name reads like one of a later part. */
export function readPartName(name: string): { readonly first: string; readonly number: number } | undefined {
  const [, stem, number, ending = ''] = /^(.+)\.([1-9]\d{0,2})(\.partial\.rrbin|\.rrbin|\.bin|)$/s.exec(name) ?? []
  if (stem === undefined || number === undefined || number === '1') return undefined
  return { first: `${stem}${ending}`, number: Number(number) }
}

/** What a seal says of its part; undefined where it is of a recording in one. */
export function partOf(seal: Seal | undefined): PartOfSeal | undefined {
  const part = seal?.['part']
  if (typeof part !== 'object' || part === null) return undefined
  const { number, parts, previous_seal_sha256: previous } = part as Partial<PartOfSeal>
  const isWhole = (value: unknown): boolean => Number.isInteger(value) && (value as number) >= 1
  const isNumbered = isWhole(number) && (parts === undefined || (isWhole(parts) && parts === number))
  return isNumbered && (previous === undefined || typeof previous === 'string') ? (part as PartOfSeal) : undefined
}

/** A seal of a part is shorter, unless it lists a hundred thousand open begins. */
const tailBytes = 1024 * 1024

/**
 * Which part of a recording a file is, told by its end alone: a cassette of 4 GiB is not read for it. Undefined where it is no part,
 * is not there, or does not end with a seal.
 */
export function partAt(path: FilePath): PartOfSeal | undefined {
  const file = openRegularFile(path, constants.O_RDONLY, false)
  if (file.kind !== 'file') return undefined
  try {
    const tail = Buffer.alloc(Math.min(tailBytes, file.bytes))
    const read = readSync(file.fd, tail, 0, tail.length, file.bytes - tail.length)
    // The seal says where it begins.
    const [, bytes] =
      /"bytes":(\d{1,10}),"/.exec(tail.toString('latin1', Math.max(0, tail.lastIndexOf(sealOp)), read)) ?? []
    const at = Number(bytes ?? -1) - (file.bytes - tail.length)
    if (at < 0 || at + 4 > read || tail.readUInt32LE(at) !== read - at - 4) return undefined
    const { op, key, resp } = decodeEntry(tail.subarray(at + 4, read))
    const isSeal = Buffer.from(op).toString() === sealOp && Buffer.from(key).toString() === sealKey
    return isSeal ? partOf(parseSeal(resp)) : undefined
  } catch {
    return undefined
  } finally {
    closeSync(file.fd)
  }
}

/** The files of the later parts of a recording, as the ends of its parts tell; those that are there. */
export function laterParts(path: string): string[] {
  const found: string[] = []
  let part = partAt(path)
  while (part !== undefined && part.parts === undefined && part.number === found.length + 1 && part.number < maxParts) {
    const next = partFileName(path, part.number + 1)
    if (!existsSync(next)) break
    found.push(next)
    part = partAt(next)
  }
  return found
}

/**
 * Leaves out of a list of file names those that are later parts of another of them, and so no recording by themselves.
 *
 * @param pathOf where the file of a name is
 */
export function withoutLaterParts(names: readonly string[], pathOf: (name: string) => string): string[] {
  const all = new Set(names)
  const firsts = new Set(names.flatMap((name) => readPartName(name)?.first ?? []).filter((name) => all.has(name)))
  const later = new Set([...firsts].flatMap((name) => laterParts(pathOf(name))))
  return names.filter((name) => !later.has(pathOf(name)))
}
