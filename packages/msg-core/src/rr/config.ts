import { readU32, writeU32 } from '../format/data-model/u32.ts'
import type { RrLimits } from '../format/cassette/limits.ts'
import { RrError } from '../format/cassette/rr-error.ts'
import { isSafeCassettePath } from './cassette-path.ts'
import { MATCH_MODES, RR_MODES } from './modes.ts'
import type { MatchMode, RrMode } from './modes.ts'

/** What a handle is opened with. */
export interface RrConfig {
  readonly mode: RrMode
  readonly matchMode: MatchMode
  readonly limits: RrLimits
  /** The cassette, relative to `.x07_rr/`; bytes where the name is not UTF-8. */
  readonly path: string | Uint8Array
}

const MAGIC = 0x43523758
const VERSION = 1
const HEAD_BYTES = 40

/**
 * Decodes an X7RC configuration, the first failure in X07's order:
 *
 * ```
 * 0 "X7RC" | 4 u16 version 1 | 6 u16 reserved | 8 u8 mode | 9 u8 match mode | 10 u16 reserved
 * 12 u64 max_cassette_bytes | 20 u32 max_entries | 24 u32 max_req_bytes | 28 u32 max_resp_bytes
 * 32 u32 max_key_bytes | 36 u32 path length | 40 path
 * ```
 *
 * Reserved bytes are not looked at. The path of the result is bytes, a copy.
 *
 * @throws RrError 2000 where it is malformed or the path unsafe, 2001 for another version
 */
export function decodeConfig(bytes: Uint8Array): RrConfig & { readonly path: Uint8Array } {
  if (bytes.length < HEAD_BYTES) throw invalid(`${bytes.length} bytes, expected at least ${HEAD_BYTES}`)
  if (readU32(bytes, 0) !== MAGIC) throw invalid('it does not start with X7RC')
  const version = bytes[4]! | (bytes[5]! << 8)
  if (version !== VERSION) throw new RrError(2001, `read rr configuration: version ${version}, expected ${VERSION}`)
  const mode = RR_MODES[bytes[8]!]
  if (mode === undefined) throw invalid(`mode ${bytes[8]}, expected 0 to 4`)
  const matchMode = MATCH_MODES[bytes[9]!]
  if (matchMode === undefined) throw invalid(`match mode ${bytes[9]}, expected 0 or 1`)
  const pathBytes = readU32(bytes, 36)
  if (pathBytes !== bytes.length - HEAD_BYTES) {
    throw invalid(`a path of ${pathBytes} bytes is announced, ${bytes.length - HEAD_BYTES} are there`)
  }
  const path = new Uint8Array(bytes.subarray(HEAD_BYTES))
  checkPath(path)
  return {
    mode,
    matchMode,
    limits: {
      maxCassetteBytes: BigInt(readU32(bytes, 12)) | (BigInt(readU32(bytes, 16)) << 32n),
      maxEntries: readU32(bytes, 20),
      maxReqBytes: readU32(bytes, 24),
      maxRespBytes: readU32(bytes, 28),
      maxKeyBytes: readU32(bytes, 32),
    },
    path,
  }
}

/**
 * Encodes a configuration as X7RC, reserved bytes 0.
 *
 * @throws RrError 2000 where the path is unsafe; RangeError where a limit is not in its range
 */
export function encodeConfig(config: RrConfig): Uint8Array {
  const path = configPath(config)
  const { maxCassetteBytes, maxEntries, maxReqBytes, maxRespBytes, maxKeyBytes } = config.limits
  const bytes = new Uint8Array(HEAD_BYTES + path.length)
  writeU32(bytes, 0, MAGIC)
  bytes[4] = VERSION
  bytes[8] = RR_MODES.indexOf(config.mode)
  bytes[9] = MATCH_MODES.indexOf(config.matchMode)
  if (BigInt.asUintN(64, maxCassetteBytes) !== maxCassetteBytes) {
    throw new RangeError(`encode rr configuration: max_cassette_bytes is ${maxCassetteBytes}, expected a u64`)
  }
  writeU32(bytes, 12, Number(maxCassetteBytes & 0xffff_ffffn))
  writeU32(bytes, 16, Number(maxCassetteBytes >> 32n))
  putLimit(bytes, 20, 'max_entries', maxEntries)
  putLimit(bytes, 24, 'max_req_bytes', maxReqBytes)
  putLimit(bytes, 28, 'max_resp_bytes', maxRespBytes)
  putLimit(bytes, 32, 'max_key_bytes', maxKeyBytes)
  writeU32(bytes, 36, path.length)
  bytes.set(path, HEAD_BYTES)
  return bytes
}

/** The cassette path of a configuration as bytes. @throws RrError 2000 where it is unsafe */
export function configPath(config: RrConfig): Uint8Array {
  const path = typeof config.path === 'string' ? new TextEncoder().encode(config.path) : config.path
  checkPath(path)
  return path
}

function checkPath(path: Uint8Array): void {
  if (isSafeCassettePath(path)) return
  const text = new TextDecoder().decode(path)
  const below = /^(?:\.\/)?\.x07_rr\/(.+)$/.exec(text)?.[1]
  const advice =
    below !== undefined && isSafeCassettePath(new TextEncoder().encode(below))
      ? `it is relative to .x07_rr/ already, so name it ${JSON.stringify(below)}`
      : 'name a file under .x07_rr/ without "..", empty or ".x07_" segments'
  throw invalid(`cassette path ${JSON.stringify(text)} is not allowed; ${advice}`)
}

function putLimit(bytes: Uint8Array, at: number, name: string, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new RangeError(`encode rr configuration: ${name} is ${value}, expected a u32`)
  }
  writeU32(bytes, at, value)
}

function invalid(problem: string): RrError {
  return new RrError(2000, `read rr configuration: ${problem}`)
}
