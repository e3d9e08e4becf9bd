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
  findGroupCoordinator(group: { readonly groupId: string }): Promise<{
    offsetFetch(request: {
      readonly groupId: string
      readonly topics: readonly {
        readonly topic: string
        readonly partitions: readonly { readonly partition: number }[]
      }[]
    }): Promise<{
      readonly responses: readonly { readonly topic: string; readonly partitions: readonly PartitionOffset[] }[]
    }>
  }>
}

interface PartitionOffset {
  readonly partition: number
  readonly offset: string
}

/** After joining a group: topics made anew are read from their beginning, and a group that is new begins where it is told to. */
export async function placeAtJoin(at: Place, assignment: Assignment): Promise<void> {
  const renewed = await placeAgain(at, assignment)
  if (at.options.settings.startAt !== 'earliest') await placeNewGroup(at, assignment, renewed)
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
export async function placeOutOfRange(at: Place, topic: string, partition: number): Promise<void> {
  const { nextOf, onLost } = at.options
  if ((await renewTopics(at)).has(topic)) return
  const next = nextOf(topic, partition)
  if (next === undefined) return
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

async function placeNewGroup(at: Place, assignment: Assignment, renewed: ReadonlySet<string>): Promise<void> {
  const { groupId, settings, nextOf } = at.options
  const asked = Object.entries(assignment)
    .filter(([topic, partitions]) => !renewed.has(topic) && partitions.length > 0)
    .map(([topic, partitions]) => ({ topic, partitions: partitions.map((partition) => ({ partition })) }))
  if (asked.length === 0) return
  const coordinator = await offsetsOf(at).findGroupCoordinator({ groupId })
  const { responses } = await coordinator.offsetFetch({ groupId, topics: asked })
  const from =
    typeof settings.startAt === 'object' ? { fromTimestamp: settings.startAt.timestamp } : { fromBeginning: false }
  const open = responses.flatMap(({ topic, partitions }) => {
    const uncommitted = partitions.filter(
      ({ partition, offset }) => BigInt(offset) < 0n && nextOf(topic, partition) === undefined,
    )
    return uncommitted.length === 0
      ? []
      : [{ topic, partitions: uncommitted.map(({ partition }) => ({ partition })), ...from }]
  })
  if (open.length === 0) return
  const placed = (await offsetsOf(at).fetchTopicsOffset(open)).flatMap(({ topic, partitions }) =>
    partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
  )
  // No message is as late as the time asked for: begin with the next one.
  const late = placed.filter(({ offset }) => BigInt(offset) < 0n)
  const ends =
    late.length === 0
      ? []
      : await offsetsOf(at).fetchTopicsOffset(
          // One entry a topic: of several kafkajs answers one.
          Array.from(
            Map.groupBy(late, ({ topic }) => topic),
            ([topic, partitions]) => ({ topic, partitions, fromBeginning: false }),
          ),
        )
  const starts = [
    ...placed.filter(({ offset }) => BigInt(offset) >= 0n),
    ...ends.flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset }) => ({ topic, partition, offset })),
    ),
  ]
  await at.consumer.commitOffsets(starts)
  for (const start of starts) at.consumer.seek(start)
}

function offsetsOf({ cluster }: Place): Offsets {
  return cluster
}
