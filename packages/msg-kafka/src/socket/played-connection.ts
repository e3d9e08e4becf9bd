import type { Conversation, Line } from '@x07-lab/msg-core/driver'
import {
  apiKeys,
  decodeBody,
  decodeRequest,
  encodeBody,
  encodeResponse,
  FrameSplitter,
  type Fields,
  type RequestFrame,
} from '../protocol/index.ts'
import type { SaslServer } from './sasl-server.ts'

/** What a connection asks of its player. */
export interface ConnectionHost {
  /** A request with a header; it answers through {@link PlayedConnection.answer}, now or later. */
  request(connection: PlayedConnection, request: RequestFrame, slot: Slot): void
  login(mechanism: string): SaslServer
  /** What the recorded broker answered to a message of a login, without the mechanism's bytes. */
  loginAnswer(): Fields
  /** Runs in a turn of its own. */
  turn(run: () => void): void
  failed(connection: PlayedConnection, what: string): void
  gone(connection: PlayedConnection): void
}

/** The place of an answer: a broker answers the requests of a connection in their order. */
export interface Slot {
  bytes: Buffer | undefined
}

/** One client connection, played: frames in, answers out in the order of the requests. */
export class PlayedConnection implements Conversation {
  readonly #host: ConnectionHost
  readonly #line: Line
  readonly #frames = new FrameSplitter()
  readonly #slots: Slot[] = []
  #flushing = false
  #closing: (() => void) | undefined
  #gone = false
  #login: SaslServer | undefined
  /** Frames of a login without headers still to come. */
  #bare = false

  constructor(host: ConnectionHost, line: Line) {
    this.#host = host
    this.#line = line
  }

  /** Whether something for the client was not given yet. */
  get busy(): boolean {
    return this.#flushing
  }

  fromClient(bytes: Uint8Array): void {
    if (this.#gone || this.#closing !== undefined) return
    try {
      // Requests outlive the call: answers to them may come much later.
      for (const frame of this.#frames.push(new Uint8Array(bytes))) this.#frame(frame)
    } catch (error) {
      this.#host.failed(this, error instanceof Error ? error.message : String(error))
    }
  }

  clientEnd(): void {
    this.detach()
    this.#line.end()
  }

  detach(): void {
    if (this.#gone) return
    this.#gone = true
    this.#host.gone(this)
  }

  /** Gives the answer to a request. */
  answer(slot: Slot, request: RequestFrame, body: Uint8Array): void {
    slot.bytes = encodeResponse(request, body)
    this.#flushSoon()
  }

  /** The broker's side breaks: `failure` as the line takes it, or empty for an orderly end. */
  breakOff(failure: string): void {
    this.#closing ??= () => {
      if (failure === '') this.#line.end()
      else this.#line.reset(failure)
      this.detach()
    }
    this.#flushSoon()
  }

  #frame(frame: Buffer): void {
    const slot: Slot = { bytes: undefined }
    if (this.#bare) {
      this.#bareLogin(frame, slot)
      return
    }
    const request = decodeRequest(frame)
    this.#slots.push(slot)
    if (request.apiKey === apiKeys.SaslAuthenticate) {
      this.#authenticate(request, slot)
      return
    }
    if (request.apiKey === apiKeys.SaslHandshake) {
      const { mechanism } = decodeBody(request.apiKey, request.version, 'request', request.body)
      this.#login = this.#host.login(mechanism as string)
      this.#bare = request.version === 0
    }
    this.#host.request(this, request, slot)
  }

  #authenticate(request: RequestFrame, slot: Slot): void {
    const { apiKey, version, body } = request
    const { authBytes } = decodeBody(apiKey, version, 'request', body)
    this.#login ??= this.#host.login('PLAIN')
    const answer = this.#login.answer(Buffer.from(authBytes as Uint8Array))
    // Re-authentication begins anew.
    if (answer.kind !== 'continue') this.#login = undefined
    const recorded = this.#host.loginAnswer()
    const refused = ((recorded['errorCode'] as number | undefined) ?? 0) !== 0
    const fields: Fields = refused
      ? recorded
      : answer.kind === 'refused'
        ? { errorCode: saslAuthenticationFailed, errorMessage: answer.message }
        : { ...recorded, authBytes: answer.bytes }
    this.answer(slot, request, encodeBody(apiKey, version, 'response', fields))
    // A broker has no more to do with who may not log in.
    if (refused || answer.kind === 'refused') this.breakOff('')
  }

  #bareLogin(frame: Buffer, slot: Slot): void {
    this.#slots.push(slot)
    const answer = this.#login?.answer(frame)
    if (answer?.kind === 'continue' || answer?.kind === 'done') {
      const bytes = Buffer.alloc(4 + answer.bytes.length)
      bytes.writeInt32BE(answer.bytes.length)
      bytes.set(answer.bytes, 4)
      slot.bytes = bytes
      this.#bare = answer.kind === 'continue'
      this.#flushSoon()
    } else this.breakOff('')
  }

  #flushSoon(): void {
    if (this.#flushing || this.#gone) return
    this.#flushing = true
    this.#host.turn(() => {
      this.#flushing = false
      this.#flush()
    })
  }

  #flush(): void {
    if (this.#gone) return
    let ready = 0
    while (this.#slots[ready]?.bytes !== undefined) ready++
    if (ready > 0) {
      const answers = this.#slots.splice(0, ready).map(({ bytes }) => bytes!)
      this.#line.send(answers.length === 1 ? answers[0]! : Buffer.concat(answers))
    }
    if (this.#closing === undefined) return
    if (this.#line.drained) this.#closing()
    else this.#flushSoon()
  }
}

const saslAuthenticationFailed = 58
