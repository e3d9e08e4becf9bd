import { createRequire } from 'node:module'
import type { HeaderPair } from '../wire/header-pair.ts'

/*
 * Three faults of kafkajs 2.2.4 that its public options do not reach. They are mended on the prototypes of its own classes
 * while at least one driver is open, and undone with the last one: nothing of Node is touched, and other users of kafkajs
 * in the process see no difference beyond the mended faults.
 */

/** The order in which a message's headers stood on the wire; kafkajs's own object loses it, and repeated names with it. */
export const headerPairs = Symbol('header pairs in wire order')

type Reader = (decoder: unknown) => unknown

interface RequestQueue {
  readonly pending: readonly unknown[]
  scheduleCheckPendingRequests: (this: RequestQueue) => void
}

interface Connection {
  chunks: readonly Uint8Array[]
  bytesBuffered: number
  bytesNeeded: number
  isConnected(): boolean
  connect: (this: Connection) => Promise<unknown>
}

interface Decoder {
  readVarIntArray: (this: Decoder, reader: Reader) => unknown
}

interface Repaired {
  leases: number
  undo(): void
}

const require = createRequire(import.meta.url)
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
  const decoder = (require('kafkajs/src/protocol/decoder.js') as { prototype: Decoder }).prototype
  const readHeader = require('kafkajs/src/protocol/recordBatch/header/v0/decoder.js') as Reader
  const connection = (require('kafkajs/src/network/connection.js') as { prototype: Connection }).prototype
  const { scheduleCheckPendingRequests } = queue
  const { connect } = connection
  const { readVarIntArray } = decoder

  // With nothing pending kafkajs starts a timer that has nothing to do, for a time of about minus the Unix epoch: Node
  // prints a TimeoutNegativeWarning. A request that becomes pending later schedules its own check.
  queue.scheduleCheckPendingRequests = function (this: RequestQueue): void {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this)
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

  decoder.readVarIntArray = function (this: Decoder, reader: Reader): unknown {
    const read = readVarIntArray.call(this, reader)
    return reader === readHeader ? new DecodedHeaders(read as HeaderPair[]) : read
  }

  return {
    leases: 0,
    undo() {
      queue.scheduleCheckPendingRequests = scheduleCheckPendingRequests
      decoder.readVarIntArray = readVarIntArray
      connection.connect = connect
    },
  }
}

/** kafkajs reduces the list of headers to an object; this list adds itself to that object. */
class DecodedHeaders {
  readonly #pairs: readonly HeaderPair[]

  constructor(pairs: readonly HeaderPair[]) {
    this.#pairs = pairs
  }

  reduce(step: (sum: object, pair: HeaderPair) => object, first: object): object {
    if (this.#pairs.length === 0) return first
    const headers = this.#pairs.reduce((sum, pair) => step(sum, pair), first)
    return Object.defineProperty(headers, headerPairs, { value: this.#pairs })
  }
}
