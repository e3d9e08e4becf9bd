import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readRecordedContracts, type RecordedContracts } from '../format/contracts.ts'
import type { JsonObject } from '../format/envelope/index.ts'
import { whyFailed } from '../kit/index.ts'
import { DriverError } from '../port/index.ts'
import { RedactionError, rulesOfContract, type RedactionRules } from '../redact/index.ts'
import { readJsonFile } from '../format/json/index.ts'

const folder = 'arch/vcr'
const ending = '.redact.json'
const version = 'vcr.redact@0.1.0'

/** The paths of `arch/vcr/*.redact.json`, sorted. */
export function redactContracts(root: string): string[] {
  return namesIn(join(root, folder))
    .filter((name) => name.endsWith(ending))
    .map((name) => `${folder}/${name}`)
    .sort()
}

/**
 * What the contracts of a project say is left out of its recordings.
 *
 * @param root the folder that holds `arch/`
 * @param env holds the salts of pseudonyms; left out in a replay, which has none
 * @throws DriverError `invalid_config` naming the contract, or the variable of a salt that is not there
 */
export function projectRules(
  root: string,
  env: Readonly<Record<string, string | undefined>> | undefined,
): Partial<RedactionRules>[] {
  return redactContracts(root).map((file) => {
    const contract = readObject(root, file)
    const refused = (problem: string, cause?: unknown): DriverError =>
      new DriverError('invalid_config', `read ${file}: ${problem}`, { cause })
    if (contract instanceof Error) throw refused(contract.message, contract)
    if (contract['schema_version'] !== version) throw refused(`schema_version must be ${version}`)
    try {
      for (const pattern of Array.isArray(contract['patterns']) ? contract['patterns'] : [])
        void new RegExp(String(pattern))
      return rulesOfContract(env === undefined ? { ...contract, salt: '', keys: 'keep' } : contract, env ?? {})
    } catch (cause) {
      if (cause instanceof RedactionError || cause instanceof SyntaxError) throw refused(cause.message, cause)
      throw cause
    }
  })
}

/** Which messaging contracts a recording hangs on: those of these profiles, or of brokers at these addresses, `host:port`. */
export interface ContractsUsed {
  readonly profiles?: readonly string[]
  readonly addresses?: readonly string[]
}

/**
 * The contracts that a recording is made under, for its seal: what is left out, and the profiles and topologies of the brokers
 * that it talks to. Empty in a project without contracts.
 */
export function usedContracts(root: string, { profiles = [], addresses = [] }: ContractsUsed): RecordedContracts {
  const isUsed = (entry: JsonObject, path: string): boolean => {
    const { id } = entry
    if (typeof id === 'string' && profiles.includes(id)) return true
    const document = addresses.length === 0 ? undefined : readObject(root, path)
    return (
      document !== undefined &&
      !(document instanceof Error) &&
      addressesOf(document).some((one) => addresses.includes(one))
    )
  }
  const amqp = indexed(root, 'arch/msg/amqp/index.x07amqp.json', 'profiles', 'path').filter(([entry, path]) =>
    isUsed(entry, path),
  )
  const topologies = amqp.length === 0 ? [] : indexed(root, 'arch/msg/amqp/index.x07amqp.json', 'topologies', 'path')
  const kafka = indexed(root, 'arch/msg/kafka/index.x07kafka.json', 'profiles', 'profile_path')
  const files = [...amqp, ...topologies, ...kafka.filter(([entry, path]) => isUsed(entry, path))].map(
    ([, path]) => path,
  )
  return readRecordedContracts(root, [...new Set([...files, ...redactContracts(root)])].sort())
}

function addressesOf({ host, port, bootstrap }: JsonObject): string[] {
  const listed = Array.isArray(bootstrap)
    ? bootstrap.map(String)
    : typeof bootstrap === 'string'
      ? bootstrap.split(',')
      : []
  return typeof host === 'string' && typeof port === 'number' ? [...listed, `${host}:${port}`] : listed
}

/** Entries of an index and the paths of their documents; none where there is no such index. */
function indexed(root: string, index: string, list: string, pathKey: string): [entry: JsonObject, path: string][] {
  const document = readObject(root, index)
  if (document instanceof Error) return []
  const entries = document[list]
  if (!Array.isArray(entries)) return []
  return (entries as readonly unknown[]).flatMap((entry): [JsonObject, string][] => {
    if (!isObject(entry)) return []
    const path = entry[pathKey]
    return typeof path === 'string' ? [[entry, path]] : []
  })
}

function readObject(root: string, file: string): JsonObject | Error {
  try {
    const value = readJsonFile(join(root, file))
    return isObject(value) ? value : new TypeError('it is not a JSON object')
  } catch (error) {
    return new Error(whyFailed(error), { cause: error })
  }
}

function namesIn(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
