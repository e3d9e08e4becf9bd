import { ByteWriter, methodId, readMethod, writeMethod, type Method } from '../protocol/index.ts'
import type { PlaybackEvent } from '@x07-lab/msg-core/playback'
import { idOf, type StoredCommand } from './stored.ts'
import { classOf, type AmqpTape } from './tape.ts'

const ack = methodId('basic.ack')
const nack = methodId('basic.nack')
const confirmSelect = methodId('confirm.select')
const nothing = Buffer.alloc(0)

/**
 * The numbers of a channel's publishes. A confirm names a publish by its place among those of its channel, and where the
 * program publishes in another order, or one more, that place is another one now.
 */
export class Confirms {
  #published = 0
  /** Recorded number to the number now; undefined as long as all are the same. */
  #moved: Map<bigint, bigint> | undefined
  /** Recorded numbers not confirmed yet, kept with `#moved`: for a confirm of several. */
  readonly #open = new Set<bigint>()

  get areMoved(): boolean {
    return this.#moved !== undefined
  }

  /** The program publishes what was the recorded publish with this number; undefined where it is none. Gives the number now. */
  published(recorded: number | undefined): number {
    const now = ++this.#published
    if (recorded !== now) this.#moved ??= new Map()
    if (this.#moved !== undefined && recorded !== undefined) {
      this.#moved.set(BigInt(recorded), BigInt(now))
      this.#open.add(BigInt(recorded))
    }
    return now
  }

  /** A confirm of the broker in the numbers of now. */
  apply(command: StoredCommand): StoredCommand[] {
    const id = idOf(command)
    if (this.#moved === undefined || (id !== ack && id !== nack)) return [command]
    const method = readMethod(command.method) as Extract<Method, { name: 'basic.ack' | 'basic.nack' }>
    const { deliveryTag, multiple } = method.args
    const recorded = multiple ? [...this.#open].filter((tag) => tag <= deliveryTag) : [deliveryTag]
    for (const tag of recorded) this.#open.delete(tag)
    return recorded.map((tag) => confirm(method, this.#moved?.get(tag) ?? tag))
  }
}

/**
 * A publish that comes within so many milliseconds of a confirm may come because of it, or within half the time that the
 * confirm took, where the broker has said nothing else since the publish before: a handler of a delivery that takes its time
 * publishes after a confirm by chance.
 */
const atOnceMs = 2

/** So many publishes of a channel in a row have to come so. */
const leastAwaited = 3

/** A channel in confirm mode, as far as its recording was read. */
interface ConfirmChannel {
  published: number
  /** Numbers not confirmed yet; undefined once the program has published without waiting. */
  open: Set<number> | undefined
  /** Publishes in a row that came at once after the confirm of the one before. */
  awaited: number
  lastPublishAt: number
  /** What the broker had said beside confirms at the last publish. */
  saidBefore: number
  lastConfirm: PlaybackEvent | undefined
}

/** Publishes of the channels in confirm mode in the recording, by entry: the numbers that confirms name. */
export class PublishNumbers {
  /** By connection and channel in one number. */
  readonly #channels = new Map<number, ConfirmChannel>()
  readonly #numbers = new Map<number, number>()
  readonly #awaited = new Map<number, number>()
  /** What the broker has said beside confirms. */
  #said = 0

  read(tape: AmqpTape, event: PlaybackEvent): void {
    const role = tape.role(event.entry)
    if (role?.role !== 'client' && role?.role !== 'server') return
    const name = role.connection * 0x1_0000 + role.channel
    const channel = this.#channels.get(name)
    if (role.role === 'server') {
      if (!isConfirm(tape.id(event.entry))) this.#said++
      else if (channel?.open !== undefined && channel.open.size > 0) confirmed(tape, event, channel, channel.open)
      return
    }
    const id = tape.id(event.entry)
    if (id === confirmSelect) {
      this.#channels.set(name, {
        published: 0,
        open: new Set(),
        awaited: 0,
        lastPublishAt: 0,
        saidBefore: 0,
        lastConfirm: undefined,
      })
    } else if (channel !== undefined && classOf(id) === 'publish') this.#published(event, channel)
  }

  #published(event: PlaybackEvent, channel: ConfirmChannel): void {
    const number = ++channel.published
    this.#numbers.set(event.entry, number)
    const { open, lastConfirm } = channel
    if (open === undefined) return
    const { at } = event.time ?? { at: 0 }
    const confirmedAt = lastConfirm?.time?.at ?? -Infinity
    const isAtOnce = at - confirmedAt <= Math.max(atOnceMs, (confirmedAt - channel.lastPublishAt) / 2)
    const isAwaited = isAtOnce && channel.saidBefore === this.#said
    channel.lastPublishAt = at
    channel.saidBefore = this.#said
    if (open.size > 0) {
      channel.open = undefined
      return
    }
    open.add(number)
    channel.awaited = isAwaited ? channel.awaited + 1 : 0
    if (lastConfirm !== undefined && channel.awaited >= leastAwaited) this.#awaited.set(event.entry, lastConfirm.entry)
  }

  /** The number of a publish, asked once. */
  of(entry: number): number | undefined {
    const number = this.#numbers.get(entry)
    this.#numbers.delete(entry)
    return number
  }

  /** The entry of the confirm that the program waited for before this publish, as far as the recording tells; asked once. */
  awaitedBy(entry: number): number | undefined {
    const confirm = this.#awaited.get(entry)
    this.#awaited.delete(entry)
    return confirm
  }
}

function isConfirm(id: number): boolean {
  return id === ack || id === nack
}

function confirmed(tape: AmqpTape, event: PlaybackEvent, channel: ConfirmChannel, open: Set<number>): void {
  const { args } = readMethod(tape.command(event.entry).method) as Extract<Method, { name: 'basic.ack' | 'basic.nack' }>
  for (const number of open) {
    if (args.multiple ? BigInt(number) <= args.deliveryTag : BigInt(number) === args.deliveryTag) open.delete(number)
  }
  channel.lastConfirm = event
}

function confirm(method: Extract<Method, { name: 'basic.ack' | 'basic.nack' }>, deliveryTag: bigint): StoredCommand {
  return stored({ name: method.name, args: { ...method.args, deliveryTag, multiple: false } } as Method)
}

/** A method without content as a stored command. */
export function stored(method: Method): StoredCommand {
  const writer = new ByteWriter()
  writeMethod(writer, method)
  return { method: writer.result(), header: nothing, body: nothing }
}
