import type { ConnectionRecorder } from '@x07-lab/msg-core/driver'
import {
  apiKeys,
  apiName,
  correlationIdOf,
  decodeBody,
  decodeRequest,
  encodeBody,
  isKnown,
  FrameSplitter,
  ProtocolError,
  responseBody,
  type Fields,
  type RequestFrame,
} from '../protocol/index.ts'
import { encodeAsked, saysSomething, type FetchAsked } from './fetch.ts'
import { decodeCall, encodeCall, encodeOrdinal, ops } from './ops.ts'
import type { Recording } from './recorder.ts'
import { redactCall, redactFetched } from './redact-records.ts'
import { classOf, keyOf, type RequestClass } from './request-class.ts'

/** A request that was not answered yet. */
interface InFlight {
  readonly apiKey: number
  readonly version: number
  readonly class: RequestClass
  readonly key: string
  /** What the entry of the answer says of the request. */
  readonly req: Uint8Array
  readonly asked?: FetchAsked
}

const none = new Uint8Array(0)

/** One connection, recorded: requests when the program writes them, answers when the broker does. */
export class RecordedConnection implements ConnectionRecorder {
  readonly #recording: Recording
  readonly #requests = new FrameSplitter()
  readonly #answers = new FrameSplitter()
  readonly #inFlight = new Map<number, InFlight>()
  /** Frames of a login without headers that the client has still to send, and the broker to answer (SaslHandshake v0). */
  #bareRequests = 0
  #bareAnswers = 0
  /** Who ended first. */
  #endedBy: 'client' | 'broker' | undefined

  /** Writes that the client dialled, and how the connection broke where it did so before the client said anything. */
  #dialled: ((failure?: string) => void) | undefined

  constructor(recording: Recording, dialled: (failure?: string) => void) {
    this.#recording = recording
    this.#dialled = dialled
  }

  fromClient(bytes: Uint8Array, isReading = false): void {
    this.#tellDialled()
    for (const frame of this.#requests.push(bytes)) {
      if (this.#bareRequests > 0) this.#bareRequests--
      else this.#request(decodeRequest(frame), isReading)
    }
  }

  fromBroker(bytes: Uint8Array): void {
    let sameTurn = false
    for (const frame of this.#answers.push(bytes)) {
      if (this.#bareAnswers > 0) {
        this.#bareAnswers--
        continue
      }
      const inFlight = this.#inFlight.get(correlationIdOf(frame))
      if (inFlight === undefined) {
        throw new ProtocolError('invalid', `an answer with correlation id ${correlationIdOf(frame)} answers no request`)
      }
      this.#inFlight.delete(correlationIdOf(frame))
      sameTurn = this.#answer(inFlight, responseBody(inFlight, frame), sameTurn) || sameTurn
    }
  }

  clientEnd(): void {
    this.#endedBy ??= 'client'
  }

  brokerEnd(): void {
    this.#endedBy ??= 'broker'
    // At once: a program may end the process before its socket is closed.
    if (this.#endedBy === 'broker') this.#unanswered(undefined)
  }

  closed(failure: string | undefined): void {
    this.#tellDialled(failure)
    // A client that leaves does not wait for answers any more.
    if (failure !== undefined || this.#endedBy === 'broker') this.#unanswered(failure)
  }

  #tellDialled(failure?: string): void {
    this.#dialled?.(failure)
    this.#dialled = undefined
  }

  #unanswered(failure: string | undefined): void {
    let sameTurn = false
    for (const { key, req } of this.#inFlight.values()) {
      this.#recording.sink.append({
        op: ops.end,
        key,
        req,
        resp: Buffer.from(failure ?? ''),
        err: failure === undefined ? 0 : 1,
        sameTurn,
      })
      sameTurn = true
    }
    this.#inFlight.clear()
  }

  /** @param isReading the client was reading an answer: it has had this request in a queue */
  #request({ apiKey, version, correlationId, clientId, body }: RequestFrame, isReading: boolean): void {
    const { sink, names } = this.#recording
    this.#recording.spoke(apiName(apiKey), version)
    const kind = classOf(apiKey)
    // What is not in the tables is compared as bytes.
    const fields = isKnown(apiKey, version) ? decodeBody(apiKey, version, 'request', body) : {}
    const inFlight = (key: string, req: Uint8Array): InFlight => ({ apiKey, version, class: kind, key, req })
    if (apiKey === apiKeys.Fetch) {
      if (!isKnown(apiKey, version)) {
        throw new ProtocolError('unsupported', `read a Fetch of version ${version}: it is not one that is known`)
      }
      const asked = this.#recording.fetches.asked(version, fields, names)
      this.#inFlight.set(correlationId, { ...inFlight(`Fetch/${clientId ?? ''}`, encodeAsked(asked)), asked })
      return
    }
    const key = keyOf(apiKey, fields, names)
    if (kind === 'polling' || kind === 'session') {
      if (apiKey === apiKeys.ApiVersions && version >= 3) {
        this.#recording.noteClient(
          `${fields['clientSoftwareName'] as string} ${fields['clientSoftwareVersion'] as string}`,
        )
      }
      // The bytes of a login go nowhere.
      const secret = apiKey === apiKeys.SaslAuthenticate
      const req = encodeCall({ apiKey, version, body: secret ? none : body })
      this.#inFlight.set(correlationId, inFlight(key, req))
      // SaslHandshake v0 is followed by frames that are the mechanism's alone.
      if (apiKey === apiKeys.SaslHandshake && version === 0) this.#bareRequests = loginFrames(fields)
      return
    }
    const ordinal = this.#recording.nextOrdinal()
    const call = redactCall({ apiKey, version, body }, sink.redactor, fields)
    sink.append({ op: ops.call, key, req: encodeCall(call), resp: none, sameTurn: isReading })
    if (apiKey === apiKeys.Produce && fields['acks'] === 0) return
    this.#inFlight.set(correlationId, inFlight(key, encodeOrdinal(ordinal)))
  }

  /** Gives whether an entry was written. */
  #answer({ apiKey, version, class: kind, key, req, asked }: InFlight, body: Buffer, sameTurn: boolean): boolean {
    const { sink, names } = this.#recording
    if (apiKey === apiKeys.Fetch) {
      const answer = decodeBody(apiKey, version, 'response', body)
      if (asked !== undefined) this.#recording.fetches.answered((answer['sessionId'] as number | undefined) ?? 0, asked)
      if (!saysSomething(answer)) return false
      sink.append({ op: ops.fetch, key, req, resp: redactFetched(version, answer, body, sink.redactor), sameTurn })
      return true
    }
    if (apiKey === apiKeys.Heartbeat) {
      if (decodeBody(apiKey, version, 'response', body)['errorCode'] === 0) return false
      sink.append({ op: ops.heartbeat, key, req, resp: body, sameTurn })
      return true
    }
    if (kind !== 'session') {
      if (apiKey === apiKeys.CreateTopics) names.learn(apiKey, decodeBody(apiKey, version, 'response', body))
      sink.append({ op: ops.reply, key, req, resp: body, sameTurn })
      return true
    }
    if (apiKey === apiKeys.Metadata) names.learn(apiKey, decodeBody(apiKey, version, 'response', body))
    if (apiKey === apiKeys.SaslHandshake && version === 0) {
      this.#bareAnswers = loginFrames(decodeBody(apiKey, version, 'request', decodeCall(req).body))
    }
    sink.append({ op: ops.session, key, req, resp: withoutSecrets(apiKey, version, body), sameTurn })
    return true
  }
}

/** How many frames a client sends to log in; the broker answers each. */
function loginFrames({ mechanism }: Fields): number {
  return typeof mechanism === 'string' && mechanism.startsWith('SCRAM-') ? 2 : 1
}

/** An answer to a login without the mechanism's bytes: whether it went well remains. */
function withoutSecrets(apiKey: number, version: number, body: Buffer): Uint8Array {
  if (apiKey !== apiKeys.SaslAuthenticate) return body
  const answer = decodeBody(apiKey, version, 'response', body)
  return encodeBody(apiKey, version, 'response', { ...answer, authBytes: none })
}
