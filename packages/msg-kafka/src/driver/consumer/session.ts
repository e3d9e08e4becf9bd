import {
  PartitionAssigners,
  type Cluster,
  type Consumer,
  type EachBatchPayload,
  type TopicPartitionOffset,
} from 'kafkajs'
import type { Client } from '../client/client.ts'
import { placeAgain, placeAtJoin, placeOutOfRange, type Assignment, type Committed, type Place } from './position.ts'
import { kafkaDefaults, type Settings } from '../options.ts'
import { pause } from '@x07-lab/msg-core/kit'

/** What a session needs to know and whom it tells. */
export interface SessionOptions {
  readonly client: Client
  readonly settings: Settings
  /** Names on the broker. */
  readonly topics: readonly string[]
  readonly groupId: string
  /** A member of this driver that died without leaving; the group would wait for its session to end. */
  readonly formerMember: string | undefined
  readonly onJoin: (memberId: string, assignment: Readonly<Record<string, readonly number[]>>) => void
  /** The group is about to be divided anew: the last moment to commit. */
  readonly onRebalance: () => void
  readonly onBatch: (batch: EachBatchPayload['batch']) => void
  /** The offset after the last message taken from a partition, if any was. */
  readonly nextOf: (topic: string, partition: number) => bigint | undefined
  /** The ids of topics, by their names on the broker, as far as they are known; kept from session to session. */
  readonly topicIds: Map<string, string>
  /** Topics that appeared after the consumer began: no group has passed over anything of them. */
  readonly lateTopics: ReadonlySet<string>
  /** A topic was deleted and made anew; it is read from the beginning. */
  readonly onRenewed: (topic: string) => void
  /** The partition begins later than what was to be read next: what is between is no more. */
  readonly onLost: (topic: string, partition: number, next: bigint, begin: bigint) => void
  /** The broker answered. */
  readonly onAnswer: () => void
  /** The broker answered a fetch or a heartbeat: the consumer is at work. */
  readonly onWork: () => void
  /** The session ended by itself. */
  readonly onCrash: (error: Error) => void
  /** Whether to wait before the next fetch, and when to look again. */
  readonly isFull: () => boolean
  readonly room: () => Promise<void>
}

/** One kafkajs consumer, from joining the group to leaving it or breaking down. */
export interface Session {
  commit(offsets: TopicPartitionOffset[]): Promise<void>
  /** Leaves the group. */
  stop(): Promise<void>
}

/** A closing consumer waits for its fetch to return: no fetch waits longer than this, in milliseconds. */
const longestFetchMs = 250
/** kafkajs asks again at once when a fetch returns nothing: not more often than this, in milliseconds. */
const shortestFetchMs = 10
/** One partition's share of a fetch, in bytes, as the Java client's default; a larger message comes alone. */
const maxBytesPerPartition = 1_048_576

export async function openSession(options: SessionOptions): Promise<Session> {
  const { client, settings, topics, groupId } = options
  const { max_poll_wait_ms } = settings.profile.limits
  let cluster: Cluster | undefined
  const consumer = client.kafka.consumer({
    groupId,
    sessionTimeout: settings.sessionTimeoutMs,
    rebalanceTimeout: kafkaDefaults.rebalanceTimeoutMs,
    heartbeatInterval: settings.heartbeatMs,
    metadataMaxAge: settings.metadataMaxAgeMs,
    maxWaitTimeInMs: Math.max(shortestFetchMs, Math.min(max_poll_wait_ms, longestFetchMs)),
    maxBytesPerPartition,
    allowAutoTopicCreation: false,
    readUncommitted: settings.isolation === 'read_uncommitted',
    // kafkajs asks an assigner at every join, and hands it the cluster that its consumers hide.
    partitionAssigners: [
      (config) => {
        cluster = config.cluster
        return PartitionAssigners.roundRobin(config)
      },
    ],
    retry: {
      factor: 0,
      initialRetryTime: settings.firstDelayMs,
      maxRetryTime: settings.maxDelayMs,
      retries: 5,
      restartOnFailure: () => Promise.resolve(false),
    },
  })
  /** Where this member is to read, once it is known: no message is taken before. */
  let placed: Promise<void> = Promise.resolve()
  const place = (step: (at: Place) => Promise<void>): void => {
    placed = placed.then(async () => {
      if (cluster !== undefined) await step({ cluster, consumer, options })
    })
    // Whoever takes the next batch hears of it.
    placed.catch(() => undefined)
  }
  listen(consumer, options)
  let assigned: Assignment = {}
  let committed: Committed = []
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberAssignment } }) => {
    assigned = memberAssignment
    place(async (at) => {
      committed = await placeAtJoin(at, assigned)
    })
  })
  // It may come from a topic that is being deleted.
  let isSuspicious = false
  client.onFetchFailed = () => {
    isSuspicious = true
  }
  client.onOutOfRange = (topic, partition) => place((at) => placeOutOfRange(at, topic, partition, committed))
  try {
    await consumer.connect()
    await evict(cluster, groupId, options.formerMember)
    await consumer.subscribe({ topics: [...topics], fromBeginning: true })
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: async (payload) => {
        if (isSuspicious) {
          isSuspicious = false
          place(async (at) => void (await placeAgain(at, assigned)))
        }
        await placed
        if (!payload.isStale()) await takeBatch(payload, options)
      },
    })
  } catch (error) {
    await consumer.disconnect().catch(() => undefined)
    throw error
  }
  return {
    commit: (offsets) => consumer.commitOffsets(offsets),
    stop: () => consumer.disconnect(),
  }
}

function listen(consumer: Consumer, { client, onJoin, onRebalance, onAnswer, onWork, onCrash }: SessionOptions): void {
  const { GROUP_JOIN, REBALANCING, REQUEST, REQUEST_TIMEOUT, CRASH } = consumer.events
  consumer.on(GROUP_JOIN, ({ payload }) => onJoin(payload.memberId, payload.memberAssignment))
  consumer.on(REBALANCING, onRebalance)
  consumer.on(REQUEST, ({ payload: { apiName } }) => {
    onAnswer()
    if (apiName === 'Fetch' || apiName === 'Heartbeat') onWork()
  })
  // kafkajs asks again over the same connection, which may be half-open.
  consumer.on(REQUEST_TIMEOUT, () => client.sockets.cut('a request was not answered'))
  consumer.on(CRASH, ({ payload }) => onCrash(payload.error))
}

/** Takes the messages at once and then keeps the next fetch waiting, not the heartbeat, while there is no room. */
async function takeBatch(
  fetched: EachBatchPayload,
  { settings, onBatch, isFull, room }: SessionOptions,
): Promise<void> {
  onBatch(fetched.batch)
  const last = fetched.batch.messages.at(-1)
  if (last !== undefined) fetched.resolveOffset(last.offset)
  while (isFull() && fetched.isRunning()) {
    const waited = new AbortController()
    await Promise.race([room(), pause(settings.heartbeatMs, waited.signal)])
    waited.abort()
    await fetched.heartbeat()
  }
}

interface WithLeaveGroup {
  leaveGroup(member: { readonly groupId: string; readonly memberId: string }): Promise<unknown>
}

/** Says goodbye for a member that could not. Only saves time: the broker may know it no more. */
async function evict(cluster: Cluster | undefined, groupId: string, memberId: string | undefined): Promise<void> {
  if (cluster === undefined || memberId === undefined) return
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId })
    if ('leaveGroup' in coordinator) {
      await (coordinator as unknown as WithLeaveGroup).leaveGroup({ groupId, memberId })
    }
  } catch {
    // Then the group waits for the end of its session.
  }
}
