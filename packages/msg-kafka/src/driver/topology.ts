import { DriverError } from '@x07-lab/msg-core'
import type { Admin } from 'kafkajs'
import { adviceAfterTrying } from './advice.ts'
import { backoff } from './backoff.ts'
import type { Client } from './client/client.ts'
import { failed, gaveUp } from './failed.ts'
import { classify, type Failure } from './failure.ts'
import type { Settings } from './options.ts'
import { pause } from '@x07-lab/msg-core/kit'

interface AdministerOptions {
  readonly signal?: AbortSignal
  readonly giveUpAfterMs?: number
  /** What to say of a failure for which asking again has not helped. */
  readonly advise?: (failure: Failure) => string
}

/** Runs one administrative call over a connection of its own, trying again as long as the settings say. */
export async function administer<T>(
  { kafka, sockets }: Client,
  settings: Settings,
  what: string,
  call: (admin: Admin) => Promise<T>,
  { signal, giveUpAfterMs = settings.giveUpAfterMs, advise = adviceAfterTrying }: AdministerOptions = {},
): Promise<T> {
  const tries = backoff({ ...settings, giveUpAfterMs })
  for (;;) {
    if (signal?.aborted === true) throw new DriverError('aborted', `${what}: aborted by the caller`)
    const admin = kafka.admin()
    try {
      await admin.connect()
      return await call(admin)
    } catch (error) {
      const denial = sockets.denial()
      if (denial !== undefined) throw denied(what, denial)
      const failure = classify(error)
      if (failure.remedy !== 'retry' && failure.remedy !== 'reconnect') throw failed(what, failure, error)
      const delay = tries.next()
      if (delay === undefined) throw gaveUp(what, failure, error, tries.failingFor(), advise(failure))
      settings.log?.('debug', `${what}: ${failure.reason}; trying again`, { type: failure.type })
      await pause(delay, signal)
    } finally {
      await admin.disconnect().catch(() => undefined)
    }
  }
}

/** The error of a dial that the caller's `authorize` forbade: its own, where it is one of the port's. */
export function denied(what: string, denial: unknown): DriverError {
  if (denial instanceof DriverError) return denial
  const reason = denial instanceof Error ? denial.message : String(denial)
  return new DriverError('access_denied', `${what}: ${reason}`, { cause: denial })
}

/** Whether a regular expression stands for a topic; whatever its flags, from the beginning of the name. */
export function matches(pattern: RegExp, topic: string): boolean {
  pattern.lastIndex = 0
  return pattern.test(topic)
}

/** The topics that regular expressions stand for: all that match one, internal ones left out. */
export async function matchingTopics(admin: Admin, patterns: readonly RegExp[]): Promise<string[]> {
  const topics = await admin.listTopics()
  return topics.filter((topic) => !topic.startsWith('__') && patterns.some((one) => matches(one, topic))).sort()
}

/** Which of the topics are not there. */
export async function missingTopics(admin: Admin, topics: readonly string[]): Promise<string[]> {
  const known = new Set(await admin.listTopics())
  return topics.filter((topic) => !known.has(topic))
}

/** Creates the topics that are missing and waits until each of their partitions has a leader. */
export async function ensureTopics(
  admin: Admin,
  topics: readonly (readonly [logical: string, physical: string])[],
  { partitions, topicSettings }: Pick<Settings, 'partitions' | 'topicSettings'>,
): Promise<void> {
  const known = new Set(await admin.listTopics())
  const missing = topics.filter(([, physical]) => !known.has(physical))
  if (missing.length > 0) {
    const wanted = missing.map(([logical, topic]) => {
      // A replication factor of -1 is the broker's default.
      const {
        partitions: numPartitions = partitions,
        replicationFactor = -1,
        config = {},
      } = topicSettings.get(logical) ?? {}
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
      return { topic, numPartitions, replicationFactor, configEntries }
    })
    await admin.createTopics({ topics: wanted, waitForLeaders: true })
  }
  const { topics: found } = await admin.fetchTopicMetadata({ topics: topics.map(([, physical]) => physical) })
  for (const { name, partitions: list } of found) {
    const headless = list.find(({ leader }) => leader < 0)
    if (headless !== undefined) {
      throw new DriverError('connection_lost', `topic ${name}: partition ${headless.partitionId} has no leader`)
    }
  }
}

/** Deletes topics and the group; what is not there is not missed, and a group still in use is left. */
export async function removeTopics(admin: Admin, topics: readonly string[], groupId: string): Promise<void> {
  const known = new Set(await admin.listTopics())
  const present = topics.filter((topic) => known.has(topic))
  if (present.length > 0) await admin.deleteTopics({ topics: present })
  const { groups } = await admin.listGroups()
  if (!groups.some((group) => group.groupId === groupId)) return
  try {
    await admin.deleteGroups([groupId])
  } catch (error) {
    if (!isInUse(error)) throw error
  }
}

/** Whether a group has a member left, maybe one that died: without topics and offsets it goes by itself once that is gone. */
function isInUse(error: unknown): boolean {
  const { groups } = error as { readonly groups?: readonly { readonly error?: { readonly type?: string } }[] }
  return groups?.every((group) => group.error?.type === 'NON_EMPTY_GROUP') ?? false
}

/** Messages of topics that a group has not committed. A partition without a commit is read from its begin. */
export async function uncommittedOf(admin: Admin, groupId: string, topics: readonly string[]): Promise<number> {
  const committed = await admin.fetchOffsets({ groupId, topics: [...topics] })
  let left = 0n
  for (const topic of topics) {
    const known = new Map(
      committed
        .find((one) => one.topic === topic)
        ?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]),
    )
    for (const { partition, high, low } of await admin.fetchTopicOffsets(topic)) {
      const from = known.get(partition) ?? -1n
      left += BigInt(high) - (from < 0n ? BigInt(low) : from)
    }
  }
  return Number(left)
}
