import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { JsonObject } from '@x07-lab/msg-core'
import { exitCodes, UserError } from './user-error.ts'

/** The logical topic of this lab. */
export const labTopic = 'lab.events'

/**
 * Reads a contract file. Its deep checks are `arch:check`'s.
 *
 * @throws UserError where it is missing or not a JSON object
 */
export async function readContract(root: string, file: string): Promise<JsonObject> {
  try {
    const value: unknown = JSON.parse(await readFile(join(root, file), 'utf8'))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject
    throw new Error('it is no JSON object')
  } catch (cause) {
    throw new UserError(
      `read contract ${file}: ${(cause as Error).message}; run pnpm arch:check`,
      exitCodes.environment,
      { cause },
    )
  }
}

/**
 * `max_value_bytes` of a topic.
 *
 * @throws UserError where the index does not list it
 */
export async function readTopicLimit(root: string, topic: string): Promise<number> {
  const file = 'arch/msg/index.x07msg.json'
  const { topics } = (await readContract(root, file)) as {
    topics?: readonly { id?: string; max_value_bytes?: number }[]
  }
  const limit = topics?.find(({ id }) => id === topic)?.max_value_bytes
  if (limit !== undefined) return limit
  throw new UserError(
    `read contract ${file}: topic ${topic} is not listed; add it, or run pnpm arch:check`,
    exitCodes.environment,
  )
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
  const entries = (await readContract(root, index))[list] as readonly JsonObject[] | undefined
  const path = entries?.find((entry) => entry['id'] === id)?.[pathKey]
  if (typeof path === 'string') return readContract(root, path)
  throw new UserError(
    `read contract ${index}: no ${id} in ${list}; add it, or run pnpm arch:check`,
    exitCodes.environment,
  )
}

/** The metrics registry that the obs index names. */
export async function readRegistry(root: string): Promise<JsonObject> {
  const index = 'arch/obs/index.x07obs.json'
  const path = (await readContract(root, index))['metrics_registry_path']
  if (typeof path === 'string') return readContract(root, path)
  throw new UserError(
    `read contract ${index}: metrics_registry_path is missing; run pnpm arch:check`,
    exitCodes.environment,
  )
}
