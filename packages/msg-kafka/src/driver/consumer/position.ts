import type { Cluster, Consumer } from 'kafkajs'
import { topicIdsOf } from '../client/topic-ids.ts'
import type { SessionOptions } from './session.ts'

/** What it takes to say where a consumer reads. */
export interface Place {
  readonly cluster: Cluster
  readonly consumer: Consumer
  readonly options: SessionOptions
}

/** Partitions of this member, by the topic's name on the broker. */
export type Assignment = Readonly<Record<string, readonly number[]>>

/** The part of kafkajs's cluster that its types do not show. */
interface Offsets {
  fetchTopicsOffset(
    topics: readonly {
      readonly topic: string
      readonly partitions: readonly { readonly partition: number }[]
      readonly fromBeginning?: boolean
      readonly fromTimestamp?: number
    }[],
  ): Promise<readonly { readonly topic: string; readonly partitions: readonly PartitionOffset[] }[]>
  findTopicPartitionMetadata(topic: string): readonly { readonly partitionId: number }[]
  findGroupCoordinator(group: { readonly groupId: string }): Promise<{
    offsetFetch(request: {
      readonly groupId: string
      readonly topics: readonly {
        readonly topic: string
        readonly partitions: readonly { readonly partition: number }[]
      }[]
    }): Promise<{ readonly responses: Committed }>
  }>
}

interface PartitionOffset {
  readonly partition: number
  readonly offset: string
}

/** What a group has committed of topics, in all their partitions; -1 where it has not. */
export type Committed = readonly { readonly topic: string; readonly partitions: readonly PartitionOffset[] }[]

/**
 * After joining a group: topics made anew are read from their beginning, and a group that is new begins where it is told to.
 *
 * @returns what the group had committed, before kafkajs commits what it does about offsets that are no more
 */
export async function placeAtJoin(at: Place, assignment: Assignment): Promise<Committed> {
  const topics = Object.keys(assignment).filter((topic) => assignment[topic]!.length > 0)
  const committed = await committedOffsets(at, topics)
  const renewed = await placeAgain(at, assignment)
  const placeable = committed.filter(({ topic }) => !renewed.has(topic))
  if (at.options.settings.startAt !== 'earliest') await placeNewGroup(at, assignment, placeable)
  return committed
}

/** Topics made anew are read from their beginning. @returns their names on the broker */
export async function placeAgain(at: Place, assignment: Assignment): Promise<ReadonlySet<string>> {
  const renewed = await renewTopics(at)
  for (const topic of renewed) {
    for (const partition of assignment[topic] ?? []) at.consumer.seek({ topic, partition, offset: '0' })
  }
  return renewed
}

/**
 * A partition does not have the offset that was asked for, and kafkajs goes on at its beginning: it is another topic of the
 * same name, or it lost its end, or what was to be read next is no more.
 */
export async function placeOutOfRange(
  at: Place,
  topic: string,
  partition: number,
  committed: Committed,
): Promise<void> {
  const { nextOf, onLost } = at.options
  if ((await renewTopics(at)).has(topic)) return
  const ofGroup = committed.find((one) => one.topic === topic)?.partitions.find((one) => one.partition === partition)
  // Nothing was read of it yet: a driver before this one, or another member, has read it until there.
  const next = nextOf(topic, partition) ?? BigInt(ofGroup?.offset ?? -1)
  if (next < 0n) return
  const [found] = await offsetsOf(at).fetchTopicsOffset([{ topic, partitions: [{ partition }], fromBeginning: true }])
  const begin = BigInt(found?.partitions[0]?.offset ?? -1)
  if (begin > next) onLost(topic, partition, next, begin)
}

/** Compares the ids of topics with those known, and notes them. */
async function renewTopics({ cluster, options }: Place): Promise<ReadonlySet<string>> {
  const { topicIds, topics, onRenewed } = options
  const renewed = new Set<string>()
  for (const [topic, id] of (await topicIdsOf(cluster, topics)) ?? []) {
    const known = topicIds.get(topic)
    topicIds.set(topic, id)
    if (known === undefined || known === id) continue
    renewed.add(topic)
    onRenewed(topic)
  }
  return renewed
}

async function committedOffsets(at: Place, topics: readonly string[]): Promise<Committed> {
  if (topics.length === 0) return []
  const { groupId } = at.options
  const asked = topics.map((topic) => ({
    topic,
    partitions: offsetsOf(at)
      .findTopicPartitionMetadata(topic)
      .map(({ partitionId }) => ({ partition: partitionId })),
  }))
  const coordinator = await offsetsOf(at).findGroupCoordinator({ groupId })
  return (await coordinator.offsetFetch({ groupId, topics: asked })).responses
}

/**
 * A group that is new to a topic begins where it is told to in all partitions of it, and commits that at once, so that its other
 * members begin there too. With `latest` a partition without a commit, in a topic of which the group has committed others, is read
 * from its beginning, and so is a topic that a pattern stands for since: at its end a message published before this consumer looked
 * would be passed over. That it was added later is a guess: a client that commits only what it has read leaves the same behind, and
 * reading too much is told, where passing over is silent.
 */
async function placeNewGroup(at: Place, assignment: Assignment, found: Committed): Promise<void> {
  const { settings, nextOf, lateTopics } = at.options
  const isCommitted = ({ offset }: PartitionOffset): boolean => BigInt(offset) >= 0n
  const open = found.flatMap(({ topic, partitions }) => {
    const isOld = partitions.some(isCommitted) || lateTopics.has(topic)
    const without = partitions.filter((one) => !isCommitted(one) && nextOf(topic, one.partition) === undefined)
    if (settings.startAt === 'latest' && isOld && without.length > 0) tellOld(at, topic, without)
    const from =
      typeof settings.startAt === 'object' ? { fromTimestamp: settings.startAt.timestamp } : { fromBeginning: isOld }
    return without.length === 0 ? [] : [{ topic, partitions: without.map(({ partition }) => ({ partition })), ...from }]
  })
  const starts = await startsOf(at, open)
  if (starts.length > 0) await at.consumer.commitOffsets(starts)
  // What another member has committed meanwhile may be later than where kafkajs found that this one begins.
  const known = found.flatMap(({ topic, partitions }) =>
    partitions.filter(isCommitted).map(({ partition, offset }) => ({ topic, partition, offset })),
  )
  for (const start of [...starts, ...known]) {
    const isMine = assignment[start.topic]?.includes(start.partition) ?? false
    if (isMine && nextOf(start.topic, start.partition) === undefined) at.consumer.seek(start)
  }
}

function tellOld({ options: { settings, groupId } }: Place, topic: string, open: readonly PartitionOffset[]): void {
  const which = open.map(({ partition }) => partition).join(', ')
  settings.log?.(
    'info',
    `consume from ${settings.endpoint}: group ${groupId} reads topic ${topic} and has no commit of partition ${which}, which ` +
      'is taken for a later one and read from its beginning',
    { topic },
  )
}

interface TopicStart {
  readonly topic: string
  readonly partitions: readonly { readonly partition: number }[]
  readonly fromBeginning?: boolean
  readonly fromTimestamp?: number
}

async function startsOf(at: Place, open: readonly TopicStart[]) {
  if (open.length === 0) return []
  const placed = flat(await offsetsOf(at).fetchTopicsOffset(open))
  // No message is as late as the time asked for: begin with the next one.
  const late = placed.filter(({ offset }) => BigInt(offset) < 0n)
  if (late.length === 0) return placed
  const ends = await offsetsOf(at).fetchTopicsOffset(
    // One entry a topic: of several kafkajs answers one.
    Array.from(
      Map.groupBy(late, ({ topic }) => topic),
      ([topic, partitions]) => ({ topic, partitions, fromBeginning: false }),
    ),
  )
  return [...placed.filter(({ offset }) => BigInt(offset) >= 0n), ...flat(ends)]
}

function flat(found: Committed) {
  return found.flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
  )
}

function offsetsOf({ cluster }: Place): Offsets {
  return cluster
}
