import type { TopicPartitionOffset } from 'kafkajs'
import type { PartitionFeed } from './partition-feed.ts'

/** How commits are gathered. */
export interface CommitsOptions {
  /** The partitions assigned to this member. */
  readonly feeds: () => Iterable<PartitionFeed>
  /** Tells the broker; rejects while there is none to tell. */
  readonly commit: (offsets: TopicPartitionOffset[]) => Promise<void>
  /** A commit failed; what it unacked is part of the next one. */
  readonly onFailure: (error: unknown) => void
}

/** Commit after so many settled messages … */
const commitEvery = 1_000
/** … or so many milliseconds after the first of them. What is not committed comes again after a crash. */
const commitWithinMs = 500

/** Commits of what is settled, a few a second whatever the rate of messages. */
export interface Commits {
  /** A partition's commit may move on. */
  note(): void
  /** Tells the broker now; the request leaves in this turn of the event loop. Resolves when all that is settled is told, or could not be. */
  flush(): Promise<void>
  /** Starts no more. */
  stop(): void
}

export function createCommits({ feeds, commit, onFailure }: CommitsOptions): Commits {
  let noted = 0
  let timer: NodeJS.Timeout | undefined
  let flushing: Promise<void> | undefined
  let stopped = false

  function arm(): void {
    if (!stopped) timer ??= setTimeout(() => void flush(), commitWithinMs)
  }

  function disarm(): void {
    clearTimeout(timer)
    timer = undefined
    noted = 0
  }

  async function flushOnce(): Promise<void> {
    disarm()
    const due = [...feeds()].flatMap((feed) => {
      const offset = feed.uncommitted
      return offset === undefined ? [] : [{ feed, offset }]
    })
    if (due.length === 0) return
    try {
      await commit(due.map(({ feed: { physical, partition }, offset }) => ({ topic: physical, partition, offset })))
      for (const { feed, offset } of due) feed.committed = offset
    } catch (error) {
      onFailure(error)
      arm()
    }
  }

  async function flush(): Promise<void> {
    // What was settled after the running one began needs another.
    if (flushing !== undefined) await flushing
    flushing ??= flushOnce().finally(() => {
      flushing = undefined
    })
    await flushing
  }

  return {
    note() {
      if (++noted >= commitEvery) {
        disarm()
        void flush()
      } else arm()
    },
    flush,
    stop() {
      stopped = true
      disarm()
    },
  }
}
