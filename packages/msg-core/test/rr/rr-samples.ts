import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'

import { RrError, RrTrap } from '../../src/format/cassette/index.ts'
import { NO_LIMITS } from '../../src/format/cassette/index.ts'
import { RR_SEND_OP, type MatchMode, type RrConfig, type RrMode } from '../../src/rr/index.ts'
import { cassetteBytes, entryDocument, scratchFolder, toHex, utf8 } from '../format/cassette/samples.ts'

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

export const MIB = 1024 * 1024

/** A cassette of one entry with this many zeros and "END" as response; what follows the response follows it here too. */
export function rootWithLarge(bytes: number): string {
  const root = rootWith([])
  const whole = cassetteBytes([entryDocument({ op: RR_SEND_OP, key: 'K', resp: utf8('END'), seq: 3, v: 1 })])
  const frame = Buffer.from(whole)
  const respAt = frame.indexOf('END')
  frame.writeUInt32LE(frame.length - 4 + bytes, 0)
  frame.writeUInt32LE(bytes + 3, respAt - 4)
  const fd = openSync(cassettePath(root), 'w')
  ftruncateSync(fd, frame.length + bytes)
  writeSync(fd, frame, 0, respAt, 0)
  writeSync(fd, frame, respAt, frame.length - respAt, respAt + bytes)
  closeSync(fd)
  return root
}
