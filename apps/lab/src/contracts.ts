import { hash } from 'node:crypto'
import { join } from 'node:path'
import type { JsonObject } from '@x07-lab/msg-core'
import { readRecordedContracts, type RecordedContracts } from '@x07-lab/msg-core/format'
import { readRegularFile, whyFailed } from '@x07-lab/msg-core/kit'
import { redactContracts } from '@x07-lab/msg-core/run'
import type { DriverName } from './commands/request.ts'
import { readJsonFile } from '@x07-lab/msg-core/json'
import { exitCodes, UserError } from './user-error.ts'

const amqpProfileId = 'local_amqp_v1'
const amqpTopologyId = 'lab_v1'
const kafkaProfileId = 'local_kafka_v1'

/** The logical topic of this lab. */
export const labTopic = 'lab.events'

/**
 * Reads a contract file. Its deep checks are `arch:check`'s.
 *
 * @throws UserError where it is missing or not a JSON object
 */
export async function readContract(root: string, file: string): Promise<JsonObject> {
  try {
    const value: unknown = readJsonFile(join(root, file))
    if (isObject(value)) return value
    throw new Error('it is not a JSON object')
  } catch (cause) {
    throw broken(file, whyFailed(cause), cause)
  }
}

/**
 * `max_value_bytes` of a topic.
 *
 * @throws UserError where the index does not list it
 */
export async function readTopicLimit(root: string, topic: string): Promise<number> {
  const file = 'arch/msg/index.x07msg.json'
  const entry = entryOf(await readContract(root, file), 'topics', topic)
  if (entry === undefined) throw broken(file, `topic ${topic} is not listed in topics`)
  const limit = entry['max_value_bytes']
  if (typeof limit === 'number' && Number.isSafeInteger(limit) && limit > 0) return limit
  throw broken(file, `max_value_bytes of topic ${topic} is not a whole number from 1`)
}

/**
 * The file of an entry in an index, by id.
 *
 * @throws UserError where the index does not list the id
 */
export async function readIndexed(
  root: string,
  index: string,
  list: string,
  pathKey: string,
  id: string,
): Promise<JsonObject> {
  return readContract(root, await indexedPath(root, index, list, pathKey, id))
}

/**
 * The path of an entry in an index, by id.
 *
 * @throws UserError where the index does not list the id
 */
async function indexedPath(root: string, index: string, list: string, pathKey: string, id: string): Promise<string> {
  const path = entryOf(await readContract(root, index), list, id)?.[pathKey]
  if (typeof path === 'string') return path
  throw broken(index, `no ${id} with a ${pathKey} in ${list}`)
}

const amqpIndex = 'arch/msg/amqp/index.x07amqp.json'
const rrIndex = 'arch/rr/index.x07rr.json'
const kafkaIndex = 'arch/msg/kafka/index.x07kafka.json'

/**
 * The contracts that a tape of this lab hangs on: profile and topology, record/replay policy, registry, and what says what was left out
 * of it. For its seal.
 */
export async function recordedUnder(
  root: string,
  driver: DriverName,
  policy: string,
  { byKey = false }: { readonly byKey?: boolean } = {},
): Promise<RecordedContracts> {
  const ofDriver = {
    amqp: () => [
      indexedPath(root, amqpIndex, 'profiles', 'path', amqpProfileId),
      byKey ? byKeyTopologyFile : indexedPath(root, amqpIndex, 'topologies', 'path', amqpTopologyId),
    ],
    kafka: () => [indexedPath(root, kafkaIndex, 'profiles', 'profile_path', kafkaProfileId)],
    memory: () => [],
  }
  const files = await Promise.all([
    ...ofDriver[driver](),
    indexedPath(root, rrIndex, 'policies', 'policy_path', policy),
    indexedPath(root, rrIndex, 'policies', 'sanitize_path', policy),
    readRegistry(root).then(({ file }) => file),
  ])
  return readRecordedContracts(root, [...files, ...redactContracts(root)])
}

/** The topology of workers that get their messages by key; the form of X07 knows no exchange of that type. */
export const byKeyTopologyFile = 'arch/vcr/lab-by-key.amqp-topology.json'

/** The AMQP profile of this lab, and its topology: that of workers by key, or the one for all others. */
export const readAmqpContracts = async (
  root: string,
  { byKey = false }: { readonly byKey?: boolean } = {},
): Promise<{ readonly profile: JsonObject; readonly topology: JsonObject }> => ({
  profile: await readIndexed(root, amqpIndex, 'profiles', 'path', amqpProfileId),
  topology: byKey
    ? await readContract(root, byKeyTopologyFile)
    : await readIndexed(root, amqpIndex, 'topologies', 'path', amqpTopologyId),
})

/** The Kafka profile of this lab. */
export const readKafkaContract = (root: string): Promise<JsonObject> =>
  readIndexed(root, kafkaIndex, 'profiles', 'profile_path', kafkaProfileId)

/** The metrics registry that the obs index names, and its file. */
export async function readRegistry(root: string): Promise<{ readonly file: string; readonly document: JsonObject }> {
  const index = 'arch/obs/index.x07obs.json'
  const file = (await readContract(root, index))['metrics_registry_path']
  if (typeof file === 'string') return { file, document: await readContract(root, file) }
  throw broken(index, 'metrics_registry_path is missing')
}

/** SHA-256 of the contracts lock as it stands; null where there is none. */
export function contractsLockHash(root: string): string | null {
  try {
    return hash('sha256', readRegularFile(join(root, 'arch', 'contracts.lock.json')))
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw new UserError(
      `read arch/contracts.lock.json: ${whyFailed(cause)}; pnpm arch:check --write-lock makes it anew`,
      exitCodes.environment,
      { cause },
    )
  }
}

/** The error of a contract that cannot be used. */
export function broken(file: string, problem: string, cause?: unknown): UserError {
  return new UserError(
    `read contract ${file}: ${problem}; fix it; \`pnpm arch:check\` explains`,
    exitCodes.environment,
    cause === undefined ? {} : { cause },
  )
}

function entryOf(index: JsonObject, list: string, id: string): JsonObject | undefined {
  const entries = index[list]
  if (!Array.isArray(entries)) return undefined
  return (entries as readonly unknown[]).filter(isObject).find((entry) => entry['id'] === id)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
