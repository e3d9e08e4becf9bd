import type { Divergence } from '@x07-lab/msg-core'
import type {
  Awaited,
  Conversation,
  Endpoint,
  Line,
  PlayContext,
  PlayReport,
  ProtocolPlayer,
  TlsFacts,
  ToldDivergence,
} from '@x07-lab/msg-core/driver'
import { Engine, fileOrder, type LaneDifference, type PlaybackEvent } from '@x07-lab/msg-core/playback'
import { methodId, readMethod } from '../protocol/index.ts'
import { Bindings } from './bindings.ts'
import { stored } from './confirms.ts'
import { commandDifferences, commandText } from './describe.ts'
import { madeUpAnswer } from './made-up.ts'
import { mask } from './mask.ts'
import { ops } from './ops.ts'
import { Rules } from './rules.ts'
import { PlayedConnection, type ConnectionHost } from './played-connection.ts'
import { AmqpTape, classOf, dialLane, type CommandClass, type RecordedDial } from './tape.ts'
import { idOf, type ChannelCommand, type StoredCommand } from './stored.ts'

const secret: ReadonlySet<number> = new Set([
  methodId('connection.start-ok'),
  methodId('connection.secure-ok'),
  methodId('connection.update-secret'),
])
const confirmSelect = methodId('confirm.select')

/** How many divergences of one lane are told at the moment; those that follow are mostly the same one again. */
const toldOfLane = 3

/** Plays the AMQP brokers of a cassette: all connections in one recorded order. */
export function amqpPlayer(context: PlayContext): ProtocolPlayer {
  return new AmqpPlayer(context)
}

class AmqpPlayer implements ProtocolPlayer, ConnectionHost {
  readonly #context: PlayContext
  readonly #rules: Rules
  readonly #tape: AmqpTape
  readonly #engine: Engine<StoredCommand>
  readonly #bindings = new Bindings()
  readonly #dials: RecordedDial[]
  readonly #endpoints: readonly Endpoint[]
  readonly #connections = new Map<number, PlayedConnection>()
  /** Divergences that no lane of the engine tells of. */
  readonly #own: ToldDivergence[] = []
  readonly #told = new Map<number, number>()
  /** Publishes of a channel in the recording since it was opened, by the entry: the number that a confirm names. */
  readonly #numbers = new PublishNumbers()
  #used = 0
  #pumping = false
  #closed = false

  constructor(context: PlayContext) {
    this.#context = context
    this.#rules = new Rules(context.rules ?? [])
    this.#tape = new AmqpTape(context.reader, this.#rules)
    this.#dials = this.#tape.dials()
    this.#endpoints = this.#dials.map(({ endpoint }) => endpoint)
    const order = fileOrder(this.#tape)
    this.#engine = new Engine<StoredCommand>(
      () => {
        const event = order()
        if (event !== undefined) this.#numbers.read(this.#tape, event)
        return event
      },
      {
        same: (event, command) => this.#sameAs(event.entry, command),
        digest: (command) => this.#digest(command),
        digestOf: (event) => this.#digest(this.#tape.command(event.entry)),
        keep: (command) => copy(command),
      },
    )
  }

  get busy(): boolean {
    return this.#pumping
  }

  knows({ host, port }: Endpoint): boolean {
    return (
      this.#endpoints.some((known) => known.host === host && known.port === port) ||
      this.#endpoints.some((known) => known.port === port)
    )
  }

  dial(endpoint: Endpoint, line: Line): Conversation {
    const recorded = this.#recordedDial(endpoint)
    if (recorded === undefined) {
      const { host, port } = endpoint
      const key = `amqp#${this.#connections.size + 1}`
      const text = `a connection to ${host}:${port} more than the ${this.#connections.size} recorded`
      this.#tell({ kind: 'extra', op: ops.dial, key, recorded: this.#connections.size }, text)
      line.reset('ECONNREFUSED')
      return new PlayedConnection(0, line, this)
    }
    const connection = new PlayedConnection(recorded.connection, line, this)
    this.#connections.set(recorded.connection, connection)
    this.#engine.perform(dialLane, recorded.entry, 'whole')
    this.#used++
    this.#pump()
    return connection
  }

  waitingFor(): Awaited[] {
    return this.#engine.waitingFor().map(({ entry }) => ({
      entry,
      op: this.#tape.op(entry),
      key: this.#tape.key(entry),
      text: this.#textOf(entry),
      pauseMs: this.#tape.pauseMs(entry),
    }))
  }

  close(): PlayReport {
    this.#closed = true
    const { differences, more, relaxations } = this.#engine.report(true)
    const divergences = [...this.#own, ...differences.map((difference) => this.#differenceText(difference))]
    const { bound, ignored } = this.#bindings.counts
    const relaxed = { ...relaxations, ...(bound > 0 ? { bound } : {}), ...(ignored > 0 ? { ignored } : {}) }
    return { divergences, divergenceCount: divergences.length + more, relaxed, used: this.#used }
  }

  left(_connection: PlayedConnection): void {
    this.#pump()
  }

  notUnderstood(connection: PlayedConnection, error: unknown): void {
    const why = error instanceof Error ? error.message : String(error)
    const key = `amqp#${connection.number}`
    this.#tell({ kind: 'extra', op: ops.client, key, recorded: 0 }, `${key}: the client sends what is not AMQP: ${why}`)
    connection.line.reset('ECONNRESET')
  }

  command(connection: PlayedConnection, command: ChannelCommand): void {
    if (this.#closed) return
    const of = classOf(idOf(command))
    const lane = this.#tape.lane(connection.number, command.channel, of)
    if (of === 'call') this.#call(connection, lane, command)
    else this.#offer(connection, lane, of, command)
    this.#pump()
  }

  #call(connection: PlayedConnection, lane: number, command: ChannelCommand): void {
    // An answer to another method would break the client: the call is one that the recording does not have.
    const id = idOf(command)
    let looked = 0
    for (const event of this.#engine.open(lane)) {
      const recorded = this.#tape.command(event.entry)
      if ((looked === 0 && idOf(recorded) === id) || this.#same(recorded, command)) {
        return this.#offer(connection, lane, 'call', command)
      }
      if (++looked > 32) break
    }
    this.#extra(connection, command)
  }

  #extra(connection: PlayedConnection, command: ChannelCommand): void {
    const key = `amqp#${connection.number}/${command.channel}`
    if (!connection.isOpen) return
    this.#tell(
      { kind: 'extra', op: ops.client, key, recorded: 0 },
      `${key}: ${commandText(command)} was not recorded here`,
    )
    const answer = madeUpAnswer(command)
    if (answer === undefined) return
    this.#context.scheduler.turn(() => connection.send(command.channel, [answer]))
  }

  #offer(connection: PlayedConnection, lane: number, of: CommandClass, command: ChannelCommand): void {
    const offered = this.#engine.offer(lane, command)
    const confirms = of === 'publish' ? connection.confirms(command.channel) : undefined
    if (offered.kind === 'extra') {
      const now = confirms?.published(undefined)
      const key = `amqp#${connection.number}/${command.channel}`
      this.#tellOfLane(lane, () => [
        { kind: 'extra', op: ops.client, key, recorded: 0 },
        `${key}: ${commandText(command)} is one more than was recorded`,
      ])
      if (now !== undefined) {
        const ack = stored({ name: 'basic.ack', args: { deliveryTag: now, multiple: false } })
        this.#context.scheduler.turn(() => connection.send(command.channel, [ack]))
      }
      return
    }
    const { entry } = offered.event
    const recorded = this.#tape.command(entry)
    confirms?.published(this.#numbers.of(entry))
    this.#used++
    if (offered.kind === 'matched') {
      const isCompared = of !== 'settle' && !secret.has(idOf(command)) && !equal(recorded, command)
      if (isCompared && !this.#bindings.bind(recorded, command)) this.#bindings.counts.ignored++
      if (of === 'settle') this.#compareSettle(entry, recorded, command)
      return
    }
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    if (offered.kind === 'moved') {
      this.#tellOfLane(lane, () => [
        { kind: 'changed', op, key, entry, differences: [], sameAs: entry },
        `${key}: ${commandText(command)} is entry ${entry}, which was not next: what was recorded before it was left out`,
      ])
      return
    }
    this.#tellOfLane(lane, () => this.#changed(entry, command))
  }

  #changed(entry: number, command: StoredCommand | undefined): [Divergence, string] {
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    const recorded = this.#tape.command(entry)
    const differences = command === undefined ? [] : commandDifferences(recorded, command)
    const fields = differences.map(({ field, recorded: was, now }) => `${field} was ${was}, is ${now}`).join('; ')
    return [
      { kind: 'changed', op, key, entry, differences },
      `${key}: ${commandText(recorded)} differs from entry ${entry}: ${fields}`,
    ]
  }

  /** Settles are found by their tag; whether it was an ack, and of how many, is compared afterwards. */
  #compareSettle(entry: number, recorded: StoredCommand, command: StoredCommand): void {
    if (recorded.method.equals(command.method)) return
    const [was, is] = [settleText(recorded), settleText(command)]
    const [op, key] = [this.#tape.op(entry), this.#tape.key(entry)]
    const tag = String(recorded.method.readBigUInt64BE(4))
    this.#tell(
      { kind: 'settled_differently', op, key, entry, recorded: was, now: is },
      `${key}: delivery ${tag} was settled with ${was} in entry ${entry}, is settled with ${is}`,
    )
  }

  #sameAs(entry: number, now: StoredCommand): boolean {
    const recorded = this.#tape.command(entry)
    if (this.#same(recorded, now)) return true
    if (!this.#rules.ignoresPaths || idOf(recorded) !== idOf(now)) return false
    const key = this.#tape.key(entry)
    return this.#rules.text(recorded, key) === this.#rules.text(now, key)
  }

  #digest(command: StoredCommand): string {
    return this.#rules.ignoresPaths && classOf(idOf(command)) === 'publish'
      ? this.#rules.text(command)
      : digest(command)
  }

  #same(recorded: StoredCommand, now: StoredCommand): boolean {
    const id = idOf(now)
    if (idOf(recorded) !== id)
      return classOf(id) === 'settle' && classOf(idOf(recorded)) === 'settle' && sameTag(recorded, now)
    if (secret.has(id)) return true
    if (classOf(id) === 'settle') return sameTag(recorded, now)
    return equal(recorded, now) || this.#bindings.agrees(mask(recorded), mask(now))
  }

  /** Gives what is due, one recorded turn in each turn of the event loop. */
  #pump(): void {
    if (this.#pumping || this.#closed) return
    this.#pumping = true
    this.#context.scheduler.turn(() => {
      this.#pumping = false
      if (this.#closed) return
      const turn = this.#engine.release()
      if (turn.length === 0) return
      this.#used += turn.length
      this.#give(turn)
      this.#pump()
    })
  }

  #give(turn: readonly PlaybackEvent[]): void {
    let batch: ChannelCommand[] = []
    let to: PlayedConnection | undefined
    const flush = (): void => {
      to?.sendAll(batch)
      batch = []
    }
    for (const { entry } of turn) {
      const role = this.#tape.role(entry)
      const connection = role && this.#connections.get(role.connection)
      if (role === undefined || connection === undefined) continue
      if (connection !== to) flush()
      to = connection
      if (role.role === 'up') {
        connection.line.up(tlsFacts(this.#tape.response(entry)))
      } else if (role.role === 'end') {
        flush()
        if (this.#tape.failed(entry)) connection.line.reset(Buffer.from(this.#tape.response(entry)).toString())
        else connection.line.end()
      } else {
        const command = this.#bindings.apply(this.#tape.command(entry))
        const commands = connection.confirms(role.channel)?.apply(command) ?? [command]
        for (const one of commands) batch.push({ channel: role.channel, ...one })
      }
    }
    flush()
  }

  #recordedDial({ host, port }: Endpoint): RecordedDial | undefined {
    const exact = this.#dials.findIndex(({ endpoint: at }) => at.host === host && at.port === port)
    const samePort = exact >= 0 ? exact : this.#dials.findIndex(({ endpoint: at }) => at.port === port)
    const found = samePort >= 0 ? samePort : 0
    return this.#dials.splice(found, 1)[0]
  }

  #tellOfLane(lane: number, what: () => [Divergence, string]): void {
    const told = (this.#told.get(lane) ?? 0) + 1
    this.#told.set(lane, told)
    if (told <= toldOfLane) this.#context.diverged(...what())
  }

  #tell(divergence: Divergence, text: string): void {
    this.#own.push({ ...divergence, text })
    this.#context.diverged(divergence, text)
  }

  #differenceText(difference: LaneDifference<StoredCommand>): ToldDivergence {
    switch (difference.kind) {
      case 'changed': {
        const [divergence, text] = this.#changed(difference.event.entry, difference.act)
        return { ...divergence, text }
      }
      case 'extra': {
        const before = difference.before?.entry
        const what = difference.act === undefined ? 'a command' : commandText(difference.act)
        const where = before === undefined ? 'after the last one recorded' : `before entry ${before}`
        const key = before === undefined ? 'amqp' : this.#tape.key(before)
        return { kind: 'extra', op: ops.client, key, recorded: 0, text: `${key}: ${what} was not recorded, ${where}` }
      }
      case 'missing': {
        const { entry } = difference.event
        const [op, key, { count }] = [this.#tape.op(entry), this.#tape.key(entry), difference]
        const text = `${key}: ${this.#textOf(entry)} of entry ${entry}${count > 1 ? ` and ${count - 1} more like it` : ''} was recorded and not done`
        return { kind: 'unused', op, key, entry, count, text }
      }
      case 'moved': {
        const { entry } = difference.event
        const [op, key, before] = [this.#tape.op(entry), this.#tape.key(entry), difference.before?.entry]
        const where = before === undefined ? 'at the end' : `before entry ${before}`
        const text = `${key}: ${this.#textOf(entry)} of entry ${entry} was done at another place, ${where}`
        return { kind: 'changed', op, key, entry, differences: [], sameAs: entry, text }
      }
    }
  }

  #textOf(entry: number): string {
    const role = this.#tape.role(entry)?.role
    if (role === 'dial') return 'a connection'
    return commandText(this.#tape.command(entry))
  }
}

/** Which number a confirm gives a recorded publish. */
class PublishNumbers {
  readonly #counts = new Map<string, number>()
  readonly #numbers = new Map<number, number>()

  read(tape: AmqpTape, { entry, side }: PlaybackEvent): void {
    const role = side === 'program' ? tape.role(entry) : undefined
    if (role?.role !== 'client') return
    const id = idOf(tape.command(entry))
    const channel = `${role.connection}/${role.channel}`
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

function digest(command: StoredCommand): string {
  const id = idOf(command)
  if (classOf(id) === 'settle') return `settle ${command.method.readBigUInt64BE(4)}`
  return secret.has(id) ? String(id) : mask(command).text
}

function sameTag(a: StoredCommand, b: StoredCommand): boolean {
  return a.method.readBigUInt64BE(4) === b.method.readBigUInt64BE(4)
}

function settleText(command: StoredCommand): string {
  const { name, args } = readMethod(command.method)
  const how = Object.entries(args).filter(([, value]) => value === true)
  return [name, ...how.map(([flag]) => flag)].join(' ')
}

function equal(a: StoredCommand, b: StoredCommand): boolean {
  return a.method.equals(b.method) && a.header.equals(b.header) && a.body.equals(b.body)
}

function copy({ method, header, body }: StoredCommand): StoredCommand {
  return { method: Buffer.from(method), header: Buffer.from(header), body: Buffer.from(body) }
}

function tlsFacts(bytes: Uint8Array): TlsFacts | undefined {
  return bytes.length === 0 ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as TlsFacts)
}
