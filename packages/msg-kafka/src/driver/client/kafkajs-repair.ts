import { createRequire } from 'node:module'
import type { Socket } from 'node:net'
import { maxFrameBytes, ProtocolError } from '../../protocol/index.ts'
import { fetchVersions, readFetchAnswer } from './fetch-answer.ts'
import { repairProduce } from './produce-answers.ts'

/*
 * Faults of kafkajs 2.2.4 that its public options do not reach. They are mended on its own classes and modules while at least one
 * driver is open, and undone with the last one: nothing of Node is touched, and other users of kafkajs in the process see no
 * difference beyond the mended faults.
 */

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
  maybeThrottle: (this: RequestQueue, ms: number | undefined) => void
}

interface Connection {
  readonly socket: Socket | null
  /** While a login waits for its answer. */
  readonly authHandlers: { onSuccess(answer: Buffer): void } | null
  readonly authExpectResponse: boolean
  readonly requestQueue: {
    fulfillRequest(answer: { readonly size: number; readonly correlationId: number; readonly payload: Buffer }): void
  }
  processData: (this: Connection, bytes: Buffer) => void
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect: (this: Connection) => Promise<unknown>
}

interface FetchResponse {
  decode: (raw: Buffer) => Promise<unknown>
}

interface Repaired {
  leases: number
  undo(): void
}

const require = createRequire(import.meta.url)
/** Brokers throttle for the span of their quota's windows, eleven seconds by default. */
const longestThrottleMs = 15_000
/** Every answer begins with its size, so many bytes. */
const sizeBytes = 4
const leases = Symbol.for('x07-lab.msg-kafka.kafkajs-repair')

/** Mends kafkajs until the returned function is called. Calls nest. */
export function repairKafkajs(): () => void {
  const queue = (require('kafkajs/src/network/requestQueue/index.js') as { prototype: RequestQueue }).prototype
  const held = queue as RequestQueue & { [leases]?: Repaired }
  const repaired = (held[leases] ??= repair(queue))
  repaired.leases++
  let released = false
  return () => {
    if (released) return
    released = true
    repaired.leases--
    if (repaired.leases > 0) return
    repaired.undo()
    delete held[leases]
  }
}

function repair(queue: RequestQueue): Repaired {
  const connection = (require('kafkajs/src/network/connection.js') as { prototype: Connection }).prototype
  const { scheduleCheckPendingRequests, maybeThrottle } = queue
  const { connect, processData } = connection

  // With nothing pending kafkajs starts a timer that has nothing to do, for a time of about minus the Unix epoch: Node
  // prints a TimeoutNegativeWarning. A request that becomes pending later schedules its own check.
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
  }

  // kafkajs waits as long as an answer says, which in a damaged one is weeks. A broker that means it holds requests back itself.
  queue.maybeThrottle = function (this: RequestQueue, ms = 0): void {
    maybeThrottle.call(this, Math.min(ms, longestThrottleMs))
  }

  // kafkajs dials again with the same object, and takes what the broken connection brought of an answer for the beginning of
  // the next one: from then on no request is answered.
  connection.connect = function (this: Connection): Promise<unknown> {
    if (!this.isConnected()) {
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = sizeBytes
    }
    return connect.call(this)
  }

  // kafkajs believes any size: with a damaged one it reads beyond what is there, in the listener of a socket, where what it throws
  // ends the process.
  connection.processData = function (this: Connection, bytes: Buffer): void {
    // The first step of some logins is not an answer of the protocol.
    if (this.authHandlers !== null && !this.authExpectResponse) return processData.call(this, bytes)
    try {
      takeAnswers(this, bytes)
    } catch (error) {
      this.socket?.destroy(error instanceof Error ? error : new Error(String(error)))
    }
  }

  const undoFetch = repairFetch()
  const undoProduce = repairProduce()

  return {
    leases: 0,
    undo() {
      queue.scheduleCheckPendingRequests = scheduleCheckPendingRequests
      queue.maybeThrottle = maybeThrottle
      connection.connect = connect
      connection.processData = processData
      undoFetch()
      undoProduce()
    },
  }
}

/** Gives every answer that is whole to the request that waits for it: int32 size of what follows, int32 correlation id, body. */
function takeAnswers(connection: Connection, bytes: Buffer): void {
  connection.chunks.push(bytes)
  connection.bytesBuffered += bytes.length
  while (connection.bytesNeeded <= connection.bytesBuffered) {
    const [first = bytes, ...more] = connection.chunks
    const all = more.length === 0 ? first : Buffer.concat(connection.chunks)
    const size = all.readInt32BE(0)
    const end = sizeBytes + size
    if (size < sizeBytes || size > maxFrameBytes) {
      throw new ProtocolError(
        'invalid',
        `read an answer: its size is ${size}, expected ${sizeBytes} to ${maxFrameBytes}; bytes were lost or changed on the way`,
      )
    }
    if (end > all.length) {
      connection.chunks = [all]
      connection.bytesNeeded = end
      return
    }
    connection.chunks = end < all.length ? [all.subarray(end)] : []
    connection.bytesBuffered = all.length - end
    connection.bytesNeeded = sizeBytes
    if (connection.authHandlers !== null) return connection.authHandlers.onSuccess(all.subarray(0, end))
    connection.requestQueue.fulfillRequest({
      size,
      correlationId: all.readInt32BE(sizeBytes),
      payload: all.subarray(2 * sizeBytes, end),
    })
  }
}

function repairFetch(): () => void {
  const { first, last } = fetchVersions
  const repaired = Array.from({ length: last - first + 1 }, (_, n) => {
    const response = require(`kafkajs/src/protocol/requests/fetch/v${first + n}/response.js`) as FetchResponse
    const { decode } = response
    response.decode = (raw) => readFetchAnswer(first + n, raw)
    return { response, decode }
  })
  return () => {
    for (const { response, decode } of repaired) response.decode = decode
  }
}
