import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { RrError, RrTrap } from '../../src/format/cassette/index.ts'
import { NO_LIMITS } from '../../src/format/cassette/index.ts'
import type { MatchMode, RrConfig, RrMode } from '../../src/rr/index.ts'
import { cassetteBytes, scratchFolder, toHex } from '../format/cassette/samples.ts'

/** A root with `.x07_rr/c.rrbin` holding these documents; without documents there is no file. */
export function rootWith(documents?: readonly Uint8Array[]): string {
  const root = scratchFolder()
  mkdirSync(join(root, '.x07_rr'))
  if (documents !== undefined) writeFileSync(cassettePath(root), cassetteBytes(documents))
  return root
}

export const cassettePath = (root: string): string => join(root, '.x07_rr', 'c.rrbin')
export const cassetteHex = (root: string): string => toHex(readFileSync(cassettePath(root)))

export function configOf(
  mode: RrMode,
  matchMode: MatchMode = 'lookup_v1',
  limits: Partial<RrConfig['limits']> = {},
): RrConfig {
  return { mode, matchMode, limits: { ...NO_LIMITS, ...limits }, path: 'c.rrbin' }
}

/** What a call came to: its value, or the number of its error, or the text of its trap. */
export async function outcome<Value>(call: () => Value | Promise<Value>): Promise<Awaited<Value> | number | string> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof RrError) return error.code
    if (error instanceof RrTrap) return error.trap
    throw error
  }
}
