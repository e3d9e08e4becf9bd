import type { Conversation, Line } from '@x07-lab/msg-core/driver'
import { methodId } from '../protocol/index.ts'
import { Confirms } from './confirms.ts'
import { frameStored, idOf, storedReader, type ChannelCommand, type StoredCommand } from './stored.ts'

const tuneOk = methodId('connection.tune-ok')
const confirmSelect = methodId('confirm.select')
const channelOpen = methodId('channel.open')
const frameMaxBeforeTune = 4_096

/** What a connection tells its player. */
export interface ConnectionHost {
  command(connection: PlayedConnection, command: ChannelCommand): void
  notUnderstood(connection: PlayedConnection, error: unknown): void
  left(connection: PlayedConnection): void
}

/** One connection of a program under replay: frames in, commands to the player, and back. */
export class PlayedConnection implements Conversation {
  /** Its number in the recording; 0 where the recording has no such connection. */
  readonly number: number
  readonly line: Line
  readonly #host: ConnectionHost
  readonly #read = storedReader()
  readonly #confirms = new Map<number, Confirms>()
  #frameMax = frameMaxBeforeTune
  #open = true

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
      for (const command of this.#read(bytes)) {
        const id = idOf(command)
        if (id === 0) continue
        if (id === tuneOk) this.#frameMax = command.method.readUInt32BE(6)
        if (id === channelOpen) this.#confirms.delete(command.channel)
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
    this.#host.left(this)
  }

  /** The publishes of a channel in confirm mode. */
  confirms(channel: number): Confirms | undefined {
    return this.#confirms.get(channel)
  }

  send(channel: number, commands: readonly StoredCommand[]): void {
    if (!this.#open) return
    for (const command of commands) this.line.send(frameStored(channel, command, this.#frameMax))
  }

  /** Several commands of one turn: the client reads them in one. */
  sendAll(commands: readonly ChannelCommand[]): void {
    if (!this.#open || commands.length === 0) return
    const frames = commands.map((command) => frameStored(command.channel, command, this.#frameMax))
    this.line.send(frames.length === 1 ? frames[0]! : Buffer.concat(frames))
  }
}
