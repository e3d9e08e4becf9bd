import { readFile } from 'node:fs/promises'

import { isRrVector } from './rr-vector.ts'
import type { RrVector } from './rr-vector.ts'

/** A file of vectors, told by what its first line holds. */
export type VectorFile = { readonly kind: 'rr'; readonly vectors: readonly RrVector[] } | { readonly kind: 'arch' }

/** A file that holds no vectors of a known form. */
export class VectorFileError extends Error {
  override readonly name = 'VectorFileError'
}

/** Reads a vector file, one JSON object a line. @throws VectorFileError naming the file and line */
export async function readVectorFile(path: string): Promise<VectorFile> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new VectorFileError(`read vectors ${path}: ${reason(cause)}`, { cause })
  })
  const lines = text.split('\n').map((line, index) => ({ line, number: index + 1 }))
  const filled = lines.filter(({ line }) => line.trim() !== '')
  const first = filled[0]
  if (first === undefined) throw new VectorFileError(`read vectors ${path}: the file holds none`)
  const sample = parse(path, first.number, first.line)
  if (isArchCase(sample)) return { kind: 'arch' }
  const vectors = filled.map(({ line, number }) => {
    const value = parse(path, number, line)
    if (isRrVector(value)) return value
    throw new VectorFileError(`read vectors ${path}: line ${number} is neither an rr vector nor an arch case`)
  })
  return { kind: 'rr', vectors }
}

function isArchCase(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'base' in value && 'change' in value
}

function parse(path: string, number: number, line: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new VectorFileError(`read vectors ${path}: line ${number} is not JSON: ${reason(cause)}`, { cause })
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
