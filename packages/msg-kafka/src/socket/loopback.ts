import type { BrokerAddress, LoopbackConnection } from '@x07-lab/msg-core/driver'
import {
  apiKeys,
  correlationIdOf,
  decodeBody,
  decodeRequest,
  encodeBody,
  encodeResponse,
  findApi,
  FrameSplitter,
  isFlexible,
  responseBody,
  type Fields,
  type RequestFrame,
} from '../protocol/index.ts'

/** A request whose answer is changed on the way. */
type Watched = Pick<RequestFrame, 'apiKey' | 'version' | 'correlationId'>

const watched = new Set<number>([
  apiKeys.ApiVersions,
  apiKeys.Metadata,
  apiKeys.FindCoordinator,
  apiKeys.DescribeCluster,
  apiKeys.Produce,
  apiKeys.Fetch,
])

/**
 * The last version of an API that a recording is made with, where it is not the last one that is known: in these topics still
 * have names, and an answer to Fetch, which is not taken apart on its way, names no broker.
 */
const lastVersions = new Map<number, number>([
  [apiKeys.Produce, 12],
  [apiKeys.Fetch, 12],
  [apiKeys.OffsetCommit, 9],
  [apiKeys.OffsetFetch, 9],
])

/**
 * One connection of a client in another process, which dials this machine instead of a broker. A client goes where answers send
 * it, so addresses in them are replaced. A recording is held to the versions that can be read, and to fetches without a session,
 * which say all they ask for. A client does otherwise the same as without it: a lower version of one API is another conversation
 * (transactions of KIP-890 want a Produce that adds partitions by itself, groups of KIP-848 a commit that knows their epochs).
 */
export class KafkaLoopback implements LoopbackConnection {
  readonly #addressOf: (broker: BrokerAddress) => BrokerAddress
  readonly #requests = new FrameSplitter()
  readonly #recorded = new FrameSplitter()
  readonly #given = new FrameSplitter()
  readonly #watched = new Map<number, Watched>()

  constructor(addressOf: (broker: BrokerAddress) => BrokerAddress) {
    this.#addressOf = addressOf
  }

  fromClient(bytes: Uint8Array): void {
    for (const frame of this.#requests.push(bytes)) {
      try {
        const { apiKey, version, correlationId, body } = decodeRequest(frame)
        if (watched.has(apiKey) && (apiKey !== apiKeys.Produce || mayNameBrokers(version, body)))
          this.#watched.set(correlationId, { apiKey, version, correlationId })
      } catch {
        // A frame of a login, or of something newer: it goes through as it is.
      }
    }
  }

  toRecord(bytes: Uint8Array): Uint8Array {
    return this.#through(this.#recorded, bytes, (request, frame) => {
      if (request.apiKey === apiKeys.ApiVersions) return clamped(request, frame)
      if (request.apiKey === apiKeys.Fetch) return withoutSession(request, frame)
      return undefined
    })
  }

  toClient(bytes: Uint8Array): Uint8Array {
    return this.#through(this.#given, bytes, (request, frame) => {
      this.#watched.delete(request.correlationId)
      if (request.apiKey === apiKeys.ApiVersions || request.apiKey === apiKeys.Fetch) return undefined
      const fields = decodeBody(request.apiKey, request.version, 'response', responseBody(request, frame))
      const body = encodeBody(request.apiKey, request.version, 'response', this.#addressed(fields))
      return encodeResponse(request, body)
    })
  }

  #through(
    splitter: FrameSplitter,
    bytes: Uint8Array,
    change: (request: Watched, frame: Buffer) => Buffer | undefined,
  ): Uint8Array {
    const out: Uint8Array[] = []
    for (const frame of splitter.push(bytes)) {
      const request = frame.length < 4 ? undefined : this.#watched.get(correlationIdOf(frame))
      out.push((request && tryTo(() => change(request, frame))) ?? sized(frame))
    }
    return Buffer.concat(out)
  }

  #addressed(fields: Fields): Fields {
    const place = (one: Fields): Fields => {
      const { host, port } = one
      if (typeof host !== 'string' || host === '' || typeof port !== 'number') return one
      return { ...one, ...this.#addressOf({ host, port }) }
    }
    const out = place(fields)
    for (const name of ['brokers', 'coordinators', 'nodeEndpoints']) {
      if (Array.isArray(out[name])) out[name] = (out[name] as Fields[]).map(place)
    }
    return out
  }
}

/** Whether a Produce is answered, and the answer may say who leads a partition now. */
function mayNameBrokers(version: number, body: Buffer): boolean {
  if (version < 10) return false
  // The transactional id, a varint of its length first, 0 for none; behind it acks, and with 0 acks there is no answer.
  return body[0] !== 0 || body.readInt16BE(1) !== 0
}

/** An answer to ApiVersions without the versions and APIs that are not recorded. */
function clamped(request: Watched, frame: Buffer): Buffer | undefined {
  const fields = decodeBody(request.apiKey, request.version, 'response', responseBody(request, frame))
  const kept = (fields['apiKeys'] as { apiKey: number; minVersion: number; maxVersion: number }[]).flatMap((one) => {
    const api = findApi(one.apiKey)
    const maxVersion = Math.min(one.maxVersion, api?.maxVersion ?? -1, lastVersions.get(one.apiKey) ?? Infinity)
    return maxVersion < one.minVersion ? [] : [{ ...one, maxVersion }]
  })
  return encodeResponse(request, encodeBody(request.apiKey, request.version, 'response', { ...fields, apiKeys: kept }))
}

/** Fetch answers from version 7 on begin with int32 throttle time, int16 error code, int32 session id. */
function withoutSession({ apiKey, version }: Watched, frame: Buffer): Buffer | undefined {
  if (version < 7) return undefined
  const at = (isFlexible(apiKey, version) ? 5 : 4) + 6
  const changed = Buffer.from(frame)
  changed.writeInt32BE(0, at)
  return sized(changed)
}

/** What cannot be read goes through as it is. */
function tryTo(change: () => Buffer | undefined): Buffer | undefined {
  try {
    return change()
  } catch {
    return undefined
  }
}

function sized(frame: Buffer): Buffer {
  const out = Buffer.allocUnsafe(4 + frame.length)
  out.writeInt32BE(frame.length)
  out.set(frame, 4)
  return out
}
