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

/** Publishes of the channels in confirm mode in the recording, by entry: the numbers that confirms name. */
export class PublishNumbers {
  /** By connection and channel in one number. */
  readonly #counts = new Map<number, number>()
  readonly #numbers = new Map<number, number>()

  read(tape: AmqpTape, { entry, side }: PlaybackEvent): void {
    const role = side === 'program' ? tape.role(entry) : undefined
    if (role?.role !== 'client') return
    const id = tape.id(entry)
    const channel = role.connection * 0x1_0000 + role.channel
    if (id === confirmSelect) {
      this.#counts.set(channel, 0)
      return
    }
    const count = this.#counts.get(channel)
    if (count === undefined || classOf(id) !== 'publish') return
    this.#counts.set(channel, count + 1)
    this.#numbers.set(entry, count + 1)
  }

  /** The number of a publish, asked once. */
  of(entry: number): number | undefined {
    const number = this.#numbers.get(entry)
    this.#numbers.delete(entry)
    return number
  }
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
