import { statSync } from 'node:fs'
import { laterParts } from '@x07-lab/msg-core/format'
import { UserError } from '../user-error.ts'

/** One part of a work that is shared out: the `index`-th of `count`, from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** Shards at most: a CI matrix has fewer. */
const maxShards = 256

/** @throws UserError for anything but `K/N` with 1 ≤ K ≤ N ≤ 256 */
export function parseShard(text: string): Shard {
  const [, index = 0, count = 0] = (/^([1-9]\d{0,2})\/([1-9]\d{0,2})$/.exec(text) ?? []).map(Number)
  if (index >= 1 && index <= count && count <= maxShards) return { index, count }
  throw new UserError(
    `--shard ${JSON.stringify(text)}: give K/N, such as 1/4, with K from 1 to N and N at most ${maxShards}`,
  )
}

export function shardText({ index, count }: Shard): string {
  return `${index}/${count}`
}

/** Something to do, and how much work it is. */
export interface Weighed {
  readonly name: string
  readonly bytes: number
}

/**
 * Shares out what there is to do, so that the shards have about as many bytes each: the largest first, each to the shard that has least
 * so far. The same for the same list in any order, so that each machine of a matrix finds its own part.
 *
 * @returns the names of each shard, in the order of the alphabet
 */
export function shareOut(all: readonly Weighed[], count: number): string[][] {
  const shards = Array.from({ length: count }, () => ({ names: [] as string[], bytes: 0 }))
  const [first] = shards
  const sorted = all.toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : 1))
  for (const { name, bytes } of sorted) {
    let least = first
    for (const shard of shards) if (shard.bytes < (least?.bytes ?? 0)) least = shard
    least?.names.push(name)
    if (least !== undefined) least.bytes += bytes
  }
  return shards.map(({ names }) => names.sort())
}

/** The size of a recording with all its parts; 0 where it is not there, which its replay will tell. */
export function bytesOf(path: string): number {
  return [path, ...laterParts(path)].reduce(
    (sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0),
    0,
  )
}
