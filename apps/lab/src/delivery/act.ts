/** Where a message stands in a log: a partition of Kafka, or the queue of the in-memory driver. */
export interface LogPosition {
  /** `topic/partition`; the endpoint of the in-memory driver. */
  readonly log: string
  readonly offset: number
}

/** The message of an act, as far as the oracle looks at it. */
export interface ActMessage {
  /** Topic and key as one text; messages of the same one keep their order. */
  readonly stream: string
  /** All of it, as an envelope; borrowed. */
  readonly bytes: Uint8Array
  readonly position: LogPosition | undefined
}

/** What is common to every act: the entry that records it, and when it began and ended, by one counter. */
interface ActBase {
  readonly entry: number
  readonly begin: number
  readonly end: number
}

/**
 * What became of a publish. `failed`: the program heard of a failure, and the broker may have the message all the same.
 * `unconfirmed`: nobody said. `unroutable`: confirmed, and in no queue.
 */
export type PublishStatus = 'confirmed' | 'refused' | 'failed' | 'unconfirmed' | 'unroutable'

export interface PublishAct extends ActBase {
  readonly kind: 'publish'
  readonly message: ActMessage
  readonly status: PublishStatus
  readonly producer: string
  /** Times the driver sent it: each may be a message of its own. */
  readonly sent: number
}

/**
 * How a delivery ended. `unsettled`: the program never said. `failed`: the broker could not be told. `untold`: the recording does
 * not show it.
 */
export type Settled = 'ack' | 'reject' | 'discard' | 'unsettled' | 'failed' | 'untold'

export interface DeliveryAct extends ActBase {
  readonly kind: 'delivery'
  readonly message: ActMessage
  /** Who got it: the driver, and of RabbitMQ the queue. Another consumer gets copies of its own. */
  readonly consumer: string
  /** The broker says that somebody may have had it before. */
  readonly redelivered: boolean
  /** The offset that the consumer group had committed when it was handed over. */
  readonly committed: number | undefined
  readonly settled: Settled
  /**
   * Whether what comes again is marked as such, and what comes first keeps its order. Not at the socket for Kafka, whose consumers may read
   * again what they like, nor for messages of RabbitMQ with a priority or a delay.
   */
  readonly ordered: boolean
}

/** A settle of a delivery that had been settled. */
export interface ResettleAct extends ActBase {
  readonly kind: 'resettle'
  /** When the delivery began. */
  readonly delivery: number
}

/** A position that a consumer group committed by a call of its own. */
export interface CommitAct extends ActBase {
  readonly kind: 'commit'
  readonly position: LogPosition
}

/** A transaction begins or ends: what was published in one that is aborted is delivered to nobody who asks for committed messages. */
export interface TransactionAct extends ActBase {
  readonly kind: 'transaction'
  readonly call: 'begin' | 'commit' | 'abort'
  /** Whose it is; undefined where the recording does not say. */
  readonly producer: string | undefined
}

export type Act = PublishAct | DeliveryAct | ResettleAct | CommitAct | TransactionAct
