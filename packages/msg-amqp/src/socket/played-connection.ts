import type { Conversation, Line } from '@x07-lab/msg-core/driver'
import { frameMinBytes, methodId } from '../protocol/index.ts'
import { Confirms } from './confirms.ts'
import {
  encodeStored,
  framedBytes,
  frameStored,
  idOf,
  placesOf,
  putStored,
  storedReader,
  type ChannelCommand,
  type StoredCommand,
  type StoredPlaces,
} from './stored.ts'

const tuneOk = methodId('connection.tune-ok')
const confirmSelect = methodId('confirm.select')
const qos = methodId('basic.qos')
const channelOpen = methodId('channel.open')
/** Hours of a client that does nothing else; few enough where each is an echo that comes back later. */
const maxAnsweredBeats = 256
const leastTurnBytes = 4_096
/** Memory that is kept from one turn to the next. */
const mostKeptBytes = 1_048_576
const nothing = Buffer.alloc(0)
const heartbeat = Buffer.from([8, 0, 0, 0, 0, 0, 0, 0xce])

/** What a connection tells its player. */
export interface ConnectionHost {
  command(connection: PlayedConnection, command: ChannelCommand): void
  notUnderstood(connection: PlayedConnection, error: unknown): void
  left(connection: PlayedConnection): void
  /** Runs in a turn of its own. */
  turn(run: () => void): void
  /** Runs once after `ms`; the result cancels it. */
  after(ms: number, run: () => void): () => void
}

/** One connection of a program under replay: frames in, commands to the player, and back. */
export class PlayedConnection implements Conversation {
  /** Its number in the recording; 0 where the recording has no such connection. */
  readonly number: number
  readonly line: Line
  readonly #host: ConnectionHost
  readonly #read = storedReader(() => this.#answerBeat())
  readonly #confirms = new Map<number, Confirms>()
  readonly #prefetch = new Map<number, number>()
  #frameMax = frameMinBytes
  /** What the client is to read in one turn, in memory that is used again. */
  #turn = nothing
  #turnBytes = 0
  #open = true
  #stopBeating: (() => void) | undefined
  /** In the turn of a heartbeat to the client: one that comes back is its echo. */
  #hasBeaten = false
  /** Heartbeats answered since the client last said something. */
  #answeredBeats = 0

  constructor(number: number, line: Line, host: ConnectionHost) {
    this.number = number
    this.line = line
    this.#host = host
  }

  get isOpen(): boolean {
    return this.#open
  }

  fromClient(bytes: Uint8Array): void {
    if (!this.#open) return
    try {
      for (const command of this.#read.feed(bytes)) {
        const id = idOf(command)
        this.#answeredBeats = 0
        if (id === 0) continue
        if (id === tuneOk) this.#tuned(command)
        if (id === channelOpen) {
          this.#confirms.delete(command.channel)
          this.#prefetch.delete(command.channel)
        }
        if (id === qos) this.#prefetch.set(command.channel, command.method.readUInt16BE(8))
        if (id === confirmSelect) this.#confirms.set(command.channel, this.confirms(command.channel) ?? new Confirms())
        this.#host.command(this, command)
      }
    } catch (error) {
      this.#open = false
      this.#host.notUnderstood(this, error)
    }
  }

  clientEnd(): void {
    // A broker ends its side when the client has: that is an entry.
  }

  detach(): void {
    this.#open = false
    this.#stopBeating?.()
    this.#host.left(this)
  }

  #tuned({ method }: StoredCommand): void {
    const frameMax = method.readUInt32BE(6)
    // No peer may agree on less: a body would never end.
    this.#frameMax = frameMax === 0 ? 0 : Math.max(frameMinBytes, frameMax)
    const heartbeatMs = method.readUInt16BE(10) * 1_000
    if (heartbeatMs > 0) this.#keepBeating(heartbeatMs / 2)
  }

  /** As a broker does, twice in each interval. */
  #keepBeating(everyMs: number): void {
    this.#stopBeating = this.#host.after(everyMs, () => {
      this.#beat()
      if (this.#open) this.#keepBeating(everyMs)
    })
  }

  /**
   * Heartbeats are not in the recording. One is given at once for each of the client's, too: where its timers jump, those of a
   * broker in real time would come too late. Some clients answer a heartbeat with another one.
   */
  #answerBeat(): void {
    if (!this.#hasBeaten && this.#answeredBeats++ < maxAnsweredBeats) this.#beat()
  }

  #beat(): void {
    if (!this.#open) return
    this.#hasBeaten = true
    this.#host.turn(() => (this.#hasBeaten = false))
    this.line.send(Buffer.from(heartbeat))
  }

  /** The publishes of a channel in confirm mode. */
  confirms(channel: number): Confirms | undefined {
    return this.#confirms.get(channel)
  }

  /** The channels in confirm mode. */
  get confirmChannels(): ReadonlyMap<number, Confirms> {
    return this.#confirms
  }

  /** How many deliveries of a channel may be open; 0 for any number. */
  prefetch(channel: number): number {
    return this.#prefetch.get(channel) ?? 0
  }

  send(channel: number, commands: readonly StoredCommand[]): void {
    if (!this.#open) return
    for (const command of commands) this.line.send(frameStored(channel, command, this.#frameMax))
  }

  /** Puts a recorded command behind those of the turn: {@link flush} sends them, and the client reads them in one. */
  put(channel: number, places: StoredPlaces): void {
    const bytes = framedBytes(places, this.#frameMax)
    if (this.#turn.length - this.#turnBytes < bytes) {
      const larger = Buffer.allocUnsafe(Math.max(2 * this.#turn.length, this.#turnBytes + bytes, leastTurnBytes))
      this.#turn.copy(larger, 0, 0, this.#turnBytes)
      this.#turn = larger
    }
    this.#turnBytes = putStored(this.#turn, this.#turnBytes, channel, places, this.#frameMax)
  }

  putCommand(channel: number, command: StoredCommand): void {
    const bytes = encodeStored(command)
    this.put(channel, placesOf(bytes, 0, bytes.length))
  }

  flush(): void {
    const bytes = this.#turnBytes
    this.#turnBytes = 0
    if (this.#open && bytes > 0) this.line.send(Buffer.from(this.#turn.subarray(0, bytes)))
    if (this.#turn.length > mostKeptBytes) this.#turn = nothing
  }
}
