import { join } from 'node:path'

import { errorCode } from '../format/cassette/open-file.ts'
import { U32_MAX } from '../format/cassette/limits.ts'
import type { RrLimits } from '../format/cassette/limits.ts'
import { parseJson } from '../format/json/parse.ts'
import { NotAFileError, readRegularFile } from '../kit/own-file.ts'
import type { RrConfig } from './config.ts'
import { MATCH_MODES, RR_MODES } from './modes.ts'
import type { RrMode } from './modes.ts'

/** The index of rr policies, relative to the folder that holds `arch/`. */
const RR_INDEX_PATH = 'arch/rr/index.x07rr.json'

const INDEX_SCHEMA = 'x07.arch.rr.index@0.1.0'
const POLICY_SCHEMA = 'x07.arch.rr.policy@0.1.0'
const U64_MAX = 0xffff_ffff_ffff_ffffn

/** Arrays and objects one inside the other that X07's JSON reader takes. */
const X07_MAX_DEPTH = 127

/** Which policy is wanted, and for what. */
interface PolicyRequest {
  /** The folder that holds `arch/`. */
  readonly archRoot: string
  readonly policyId: string
  /** Relative to `.x07_rr/`; not checked here, opening does. */
  readonly cassettePath: string
  readonly mode: RrMode
}

/** A policy that does not give a configuration. `file` is the contract file at fault, relative to the folder of `arch/`. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError'
  readonly file: string

  constructor(file: string, problem: string, cause?: unknown) {
    super(`${file}: ${problem}`, cause === undefined ? undefined : { cause })
    this.file = file
  }
}

/**
 * Makes the configuration that X07's compiler would: the index and its schema version; the mode among
 * `defaults.record_modes_allowed` (missing or without text: only `replay_v1`); the policy by id; its file, schema version and
 * id; match mode; five budgets, `max_cassette_bytes` a u64, the others u32. Nothing else in the files has a say here.
 *
 * @throws PolicyError naming the file and what is wrong in it
 */
export async function loadPolicy(request: PolicyRequest): Promise<RrConfig> {
  const { archRoot, policyId, mode } = request
  const index = await readContract(archRoot, RR_INDEX_PATH, INDEX_SCHEMA)
  checkMode(index, mode)
  const file = policyFile(index, policyId)
  const policy = await readContract(archRoot, file, POLICY_SCHEMA)
  if (policy['id'] !== policyId) {
    throw new PolicyError(file, `id is ${JSON.stringify(policy['id'])}, the index says "${policyId}"`)
  }
  const matchMode = MATCH_MODES.find((name) => name === policy['match_mode'])
  if (matchMode === undefined) {
    throw new PolicyError(
      file,
      `match_mode is ${JSON.stringify(policy['match_mode'])}, expected one of ${MATCH_MODES.join(', ')}`,
    )
  }
  return { mode, matchMode, limits: readLimits(file, policy['budgets']), path: request.cassettePath }
}

type JsonObject = Readonly<Record<string, unknown>>

/** A budget as it is written, kept exact: a u64 does not fit a number. */
interface ExactInteger {
  readonly integer: bigint
}

async function readContract(archRoot: string, file: string, schemaVersion: string): Promise<JsonObject> {
  let bytes: Uint8Array
  try {
    bytes = readRegularFile(join(archRoot, file))
  } catch (cause) {
    throw new PolicyError(
      file,
      `cannot be read under ${archRoot} (${cause instanceof NotAFileError ? cause.message : errorCode(cause)}); an rr policy needs it`,
      cause,
    )
  }
  // X07's reader takes less than JSON.parse: only UTF-8, only whole surrogate pairs, only so deep, only numbers of a double.
  const parsed = parseJson(bytes, { duplicateKeys: 'keep', maxDepth: X07_MAX_DEPTH })
  if (!parsed.ok) {
    const { line, col, reason } = parsed.error
    throw new PolicyError(file, `is not JSON: line ${line}, column ${col}: ${reason}`)
  }
  const value: unknown = JSON.parse(parsed.text, (key, member: unknown, context?: { source?: string }) => {
    if (typeof member !== 'number') return member
    if (!Number.isFinite(member)) throw new PolicyError(file, `holds a number outside the range of a double, at ${key}`)
    return exactBudget(key, member, context?.source)
  })
  if (!isObject(value)) throw new PolicyError(file, 'is not a JSON object')
  if (value['schema_version'] !== schemaVersion) {
    throw new PolicyError(
      file,
      `schema_version is ${JSON.stringify(value['schema_version'])}, expected "${schemaVersion}"`,
    )
  }
  return value
}

function exactBudget(key: string, value: number, source = String(value)): number | ExactInteger {
  return key.startsWith('max_') && /^\d+$/.test(source) ? { integer: BigInt(source) } : value
}

function checkMode(index: JsonObject, mode: RrMode): void {
  const defaults = isObject(index['defaults']) ? index['defaults'] : {}
  const listed = defaults['record_modes_allowed']
  // X07 passes over what is not text, and a list without any says nothing.
  const named = Array.isArray(listed) ? listed.filter((name) => typeof name === 'string') : []
  const allowed = named.length > 0 ? named : ['replay_v1']
  if (allowed.includes(mode)) return
  const known = allowed.filter((name) => RR_MODES.some((known) => known === name))
  throw new PolicyError(RR_INDEX_PATH, `mode ${mode} is not in defaults.record_modes_allowed (${known.join(', ')})`)
}

function policyFile(index: JsonObject, policyId: string): string {
  const policies = Array.isArray(index['policies']) ? index['policies'].filter(isObject) : []
  const policy = policies.find((entry) => entry['id'] === policyId)
  if (policy === undefined) {
    const ids = policies.map((entry) => entry['id']).filter((id) => typeof id === 'string')
    throw new PolicyError(RR_INDEX_PATH, `there is no policy "${policyId}"; there are ${ids.join(', ') || 'none'}`)
  }
  const path = policy['policy_path']
  if (typeof path !== 'string') throw new PolicyError(RR_INDEX_PATH, `policy "${policyId}" has no policy_path`)
  return path
}

function readLimits(file: string, budgets: unknown): RrLimits {
  if (!isObject(budgets)) throw new PolicyError(file, 'budgets is missing')
  const small = (name: string) => Number(readInteger(file, budgets, name, BigInt(U32_MAX)))
  return {
    maxCassetteBytes: readInteger(file, budgets, 'max_cassette_bytes', U64_MAX),
    maxEntries: small('max_entries'),
    maxReqBytes: small('max_req_bytes'),
    maxRespBytes: small('max_resp_bytes'),
    maxKeyBytes: small('max_key_bytes'),
  }
}

function readInteger(file: string, budgets: JsonObject, name: string, most: bigint): bigint {
  const value = budgets[name]
  if (isObject(value) && typeof value['integer'] === 'bigint' && value['integer'] <= most) return value['integer']
  throw new PolicyError(file, `budgets.${name} is not an integer from 0 to ${most}`)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
