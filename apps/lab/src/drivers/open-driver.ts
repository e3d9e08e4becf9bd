import { openMemory, type Driver } from '@x07-lab/msg-core'
import { byKeyTopologyFile, labTopic, readAmqpContracts, readKafkaContract } from '../contracts.ts'
import type { DriverName, WorkerRequest } from '../commands/request.ts'
import type { Shard } from '../shards/shard.ts'
import { UserError } from '../user-error.ts'

/** What a live driver needs from its surroundings. */
export interface LiveOptions {
  readonly root: string
  /** Suffix that keeps the topics and queues of this run apart from all others. */
  readonly run: string
  readonly authorize: (host: string, port: number) => void
  /** The value of a secret id, from the environment. */
  readonly secret: (id: string) => string
  readonly log: (line: string) => void
  /** Of one of several workers: which queues are its own where it gets its messages by key, how many partitions the topic needs. */
  readonly worker?: Pick<WorkerRequest, 'shard' | 'byKey'> | undefined
}

/** A live driver and what the seal says of it. */
export interface LiveDriver {
  readonly driver: Driver
  /** Client and broker with their versions. */
  readonly made: { readonly client: string; readonly broker: string }
  /** The names that this run has on the broker, by logical name. */
  readonly names: Readonly<Record<string, string>>
  /** Removes the run's topics and queues. */
  remove(): Promise<void>
  /** Messages that no worker has processed, where the broker can tell. */
  left?(): Promise<number>
}

/** Environment variable of a secret id: `X07_SECRET_` and the id in capitals, everything else than letters and digits as `_`. */
export function secretVariable(id: string): string {
  return `X07_SECRET_${id.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`
}

/** Opens the driver of a name from the contracts under arch/. The clients are only loaded when they are used. */
export async function openLiveDriver(name: DriverName, options: LiveOptions): Promise<LiveDriver> {
  switch (name) {
    case 'memory':
      return {
        driver: await openMemory(),
        made: { client: 'memory', broker: 'memory' },
        names: {},
        remove: () => Promise.resolve(),
      }
    case 'amqp':
      return openAmqpDriver(options)
    case 'kafka':
      return openKafkaDriver(options)
  }
}

/** What a driver logs for its own developers is not for the person who records. */
function forPeople(level: string, message: string, log: (line: string) => void): void {
  if (level !== 'debug') log(message)
}

async function openAmqpDriver({ root, run, authorize, secret, log, worker }: LiveOptions): Promise<LiveDriver> {
  const byKey = worker?.byKey === true ? worker.shard : undefined
  const { profile, topology: document } = await readAmqpContracts(root, { byKey: byKey !== undefined })
  const physical = (logical: string): string => `${logical}.${run}`
  const { openAmqp, readAmqpProfile, readAmqpTopology } = await import('@x07-lab/msg-amqp')
  const topology = readAmqpTopology(document)
  const names = topology.queues?.map(({ name }) => name) ?? []
  const driver = await openAmqp({
    profile: readAmqpProfile(profile),
    topology,
    ...(byKey === undefined ? {} : { queues: queuesOf(names, byKey) }),
    physical,
    authorize,
    secrets: secret,
    log: (level, message) => forPeople(level, message, log),
  })
  return {
    driver,
    made: { client: driver.clientVersion, broker: `${driver.brokerName} ${driver.brokerVersion}` },
    names: { [labTopic]: physical(labTopic) },
    remove: () => driver.removeTopology(),
  }
}

/** The queues that fall to a worker, in turn: a queue has one worker, and so has each key. */
function queuesOf(names: readonly string[], { index, count }: Shard): readonly string[] {
  if (count <= names.length) return names.filter((_, at) => at % count === index - 1)
  throw new UserError(
    `work --by-key: there are ${count} workers and ${names.length} queues in ${byKeyTopologyFile}, and each worker needs one; add queues and their bindings, or take fewer workers`,
  )
}

async function openKafkaDriver({ root, run, authorize, secret, log, worker }: LiveOptions): Promise<LiveDriver> {
  const profile = await readKafkaContract(root)
  const physical = (logical: string): string => `${logical}.${run}`
  const { kafkaDefaults, openKafka, readKafkaProfile } = await import('@x07-lab/msg-kafka')
  const driver = await openKafka({
    profile: readKafkaProfile(profile),
    topics: [labTopic],
    groupId: 'lab',
    // A partition has one worker of the group: with fewer of them than workers some would have nothing to do.
    partitions: Math.max(kafkaDefaults.partitions, worker?.shard.count ?? 0),
    physical,
    authorize,
    secrets: secret,
    log: (level, message) => forPeople(level, message, log),
  })
  return {
    driver,
    made: {
      client: driver.clientVersion,
      // Kafka 4 does not say its version.
      broker: driver.brokerVersion === undefined ? 'Kafka' : `Kafka ${driver.brokerVersion}`,
    },
    names: { [labTopic]: physical(labTopic) },
    remove: () => driver.removeTopology(),
    left: () => driver.uncommitted(),
  }
}
