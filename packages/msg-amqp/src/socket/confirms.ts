import { ByteWriter, methodId, readMethod, u32At, writeMethod, type Method } from '../protocol/index.ts'
import type { PlaybackEvent } from '@x07-lab/msg-core/playback'
import { idOf, type StoredCommand, type StoredPlaces } from './stored.ts'
import { classOf, type AmqpTape } from './tape.ts'

const ack = methodId('basic.ack')
const nack = methodId('basic.nack')
const confirmSelect = methodId('confirm.select')
const nothing = Buffer.alloc(0)
/** A confirm: its method, a delivery tag of 64 bits, and the bits. */
const confirmBytes = 13

/**
 * The numbers of a channel's publishes. A confirm names a publish by its place among those of its channel, and where the
 * program publishes in another order, or one more, that place is another one now.
 */
export class Confirms {
  #published = 0
  #areMoved = false
  /** Recorded number to the number now, of publishes that no confirm has come for. */
  readonly #open = new Map<number, number>()
  /** By recorded number, of publishes that say something else: the number now; undefined once it is confirmed. */
  readonly #changed = new Map<number, number | undefined>()

  /**
   * The program publishes what was the recorded publish with this number, or, where that `isChanged`, something else in its
   * place; undefined where the recording has no place for it. Gives the number now of what is to be confirmed at once: a
   * publish that the recording has no confirm of.
   */
  published(recorded: number | undefined, isChanged: boolean): number | undefined {
    const now = ++this.#published
    if (recorded !== now) this.#areMoved = true
    if (recorded === undefined) return now
    if (this.#changed.has(recorded)) return this.#reclaim(recorded, now)
    this.#open.set(recorded, now)
    if (isChanged) this.#changed.set(recorded, now)
    return undefined
  }

  /** What another publish had the place of: the confirm belongs to the one that was recorded. */
  #reclaim(recorded: number, now: number): number {
    const other = this.#changed.get(recorded)
    this.#changed.delete(recorded)
    if (other === undefined) return now
    this.#open.set(recorded, now)
    return other
  }

  /**
   * Publishes that say something else and are not confirmed, by their numbers now. They count as confirmed from here on: their
   * confirm may come, in the recording, behind what the program does once it has one.
   */
  takeChanged(): number[] {
    const numbers: number[] = []
    for (const [recorded, now] of this.#changed) {
      if (now === undefined) continue
      numbers.push(now)
      this.#confirmed(recorded)
      this.#areMoved = true
    }
    return numbers
  }

  /** Whether a command of the broker that is to be sent has the numbers of now; {@link apply} gives it those. */
  passes({ bytes, methodAt, methodEnd }: StoredPlaces): boolean {
    const id = methodEnd - methodAt < confirmBytes ? 0 : u32At(bytes, methodAt)
    if (!isConfirm(id)) return true
    if (this.#areMoved) return false
    const tag = u32At(bytes, methodAt + 4) * 2 ** 32 + u32At(bytes, methodAt + 8)
    this.#take(tag, bytes[methodAt + 12] === 1)
    return true
  }

  /** A command of the broker in the numbers of now: a confirm of several as one for each. */
  apply(command: StoredCommand): StoredCommand[] {
    if (!isConfirm(idOf(command))) return [command]
    const method = readMethod(command.method) as Extract<Method, { name: 'basic.ack' | 'basic.nack' }>
    const { deliveryTag, multiple } = method.args
    const numbers = this.#take(Number(deliveryTag), multiple)
    return this.#areMoved ? numbers.map((now) => confirm(method, BigInt(now))) : [command]
  }

  /** The numbers now of the publishes that a recorded confirm is for. */
  #take(tag: number, multiple: boolean): number[] {
    if (!multiple) return this.#confirmed(tag)
    const numbers: number[] = []
    for (const recorded of this.#open.keys()) {
      if (recorded <= tag) numbers.push(...this.#confirmed(recorded))
      else if (!this.#areMoved) break
    }
    return numbers
  }

  #confirmed(recorded: number): number[] {
    const now = this.#open.get(recorded)
    if (now === undefined) return []
    this.#open.delete(recorded)
    if (this.#changed.has(recorded)) this.#changed.set(recorded, undefined)
    return [now]
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

  /** The number of a publish, asked once, and once more where something else came in its place. */
  of(entry: number, isChanged: boolean): number | undefined {
    const number = this.#numbers.get(entry)
    if (!isChanged) this.#numbers.delete(entry)
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
