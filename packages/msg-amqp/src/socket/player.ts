import type {
  Awaited,
  Conversation,
  Endpoint,
  Line,
  PlayContext,
  PlayReport,
  ProtocolPlayer,
  TlsFacts,
} from '@x07-lab/msg-core/driver'
import { Engine, fileOrder, type PlaybackEvent } from '@x07-lab/msg-core/playback'
import { methodId } from '../protocol/index.ts'
import { deliveryAheadOfSettles } from './ahead-of-settles.ts'
import { Bindings } from './bindings.ts'
import { PublishNumbers, stored } from './confirms.ts'
import { Divergences } from './divergences.ts'
import { madeUpAnswer } from './made-up.ts'
import { Matching, type Act } from './matching.ts'
import { redactCommand } from './redact-command.ts'
import { Rules } from './rules.ts'
import { laneKey } from './ops.ts'
import { PlayedConnection, type ConnectionHost } from './played-connection.ts'
import { AmqpTape, classOf, dialLane, type CommandClass, type RecordedDial } from './tape.ts'
import { idOf, type ChannelCommand, type StoredCommand } from './stored.ts'

/** Nothing said and nothing given for so long is a standstill. */
const standstillMs = 100

const channelClose = methodId('channel.close')
const connectionClose = methodId('connection.close')

/** Recorded calls of a channel that are looked at for one that the program makes. */
const lookedCalls = 32

/** Plays the AMQP brokers of a cassette: all connections in one recorded order. */
export function amqpPlayer(context: PlayContext): ProtocolPlayer {
  return new AmqpPlayer(context)
}

class AmqpPlayer implements ProtocolPlayer, ConnectionHost {
  readonly #context: PlayContext
  readonly #rules: Rules
  readonly #tape: AmqpTape
  readonly #engine: Engine<Act>
  readonly #bindings = new Bindings()
  readonly #matching: Matching
  readonly #found: Divergences
  readonly #dials: RecordedDial[]
  readonly #endpoints: readonly Endpoint[]
  readonly #connections = new Map<number, PlayedConnection>()
  readonly #numbers = new PublishNumbers()
  #used = 0
  #progress = 0
  #pumping = false
  #cancelStandstill: (() => void) | undefined
  /** How long the broker's next event has to wait yet, in milliseconds. */
  #heldMs = 0
  #cancelHold: (() => void) | undefined
  #closed = false

  constructor(context: PlayContext) {
    this.#context = context
    const rules = new Rules(context.rules ?? [])
    this.#rules = rules
    this.#tape = new AmqpTape(context.reader, rules)
    this.#matching = new Matching(this.#tape, rules, this.#bindings)
    this.#found = new Divergences(this.#tape, context.diverged)
    this.#dials = this.#tape.dials()
    this.#endpoints = this.#dials.map(({ endpoint }) => endpoint)
    const order = fileOrder(this.#tape)
    this.#engine = new Engine<Act>(
      () => {
        const event = order()
        if (event !== undefined) this.#numbers.read(this.#tape, event)
        return event
      },
      {
        same: (event, command) => this.#matching.same(event.entry, command),
        digest: (command) => this.#matching.digest(command),
        digestOf: (event) => this.#matching.digestOf(event.entry),
        keep: (command) => copy(command),
      },
      { mayHappen: (event) => this.#isDue(event) },
    )
  }

  get busy(): boolean {
    return this.#pumping
  }

  hasReached(entry: number): boolean {
    return this.#engine.cut.hasReached(entry)
  }

  get used(): number {
    return this.#used
  }

  get isHeld(): boolean {
    return this.#heldMs > 0
  }

  /** Heartbeats are no movement: they go on for as long as a connection stands. */
  get progress(): number {
    return this.#progress
  }

  knows({ host, port }: Endpoint): boolean {
    return (
      this.#endpoints.some((known) => known.host === host && known.port === port) ||
      this.#endpoints.some((known) => known.port === port)
    )
  }

  expects({ port }: Endpoint): boolean {
    return this.#dials.some(({ endpoint: recorded }) => recorded.port === port)
  }

  dial(endpoint: Endpoint, line: Line): Conversation {
    const recorded = this.#recordedDial(endpoint)
    if (recorded === undefined) {
      this.#found.dialledMore(`${endpoint.host}:${endpoint.port}`, this.#connections.size)
      line.reset('ECONNREFUSED')
      return new PlayedConnection(0, line, this)
    }
    const connection = new PlayedConnection(recorded.connection, line, this)
    this.#connections.set(recorded.connection, connection)
    this.#engine.perform(dialLane, recorded.entry, 'whole')
    this.#used++
    this.#progress++
    this.#pump()
    return connection
  }

  get lookedAtMs(): number {
    return this.#tape.at
  }

  waitingFor(): Awaited[] {
    return this.#engine.cut.waitingFor().map(({ entry, time }) => ({
      entry,
      op: this.#tape.op(entry),
      key: this.#tape.key(entry),
      text: this.#found.textOf(entry),
      ...(time && { time }),
    }))
  }

  close(): PlayReport {
    this.#closed = true
    this.#cancelStandstill?.()
    this.#cancelHold?.()
    const { differences, more, relaxations } = this.#engine.report(true)
    const divergences = this.#found.all(differences)
    const { bound, ignored } = this.#bindings.counts
    const relaxed = { ...relaxations, ...(bound > 0 ? { bound } : {}), ...(ignored > 0 ? { ignored } : {}) }
    return { divergences, divergenceCount: divergences.length + more, relaxed, used: this.#used }
  }

  left(_connection: PlayedConnection): void {
    this.#pump()
  }

  notUnderstood(connection: PlayedConnection, error: unknown): void {
    this.#found.notUnderstood(connection.number, error)
    connection.line.reset('ECONNRESET')
  }

  turn(run: () => void): void {
    this.#context.scheduler.turn(run)
  }

  after(ms: number, run: () => void): () => void {
    return this.#context.scheduler.after(ms, run)
  }

  command(connection: PlayedConnection, asSent: ChannelCommand): void {
    if (this.#closed) return
    this.#progress++
    const of = classOf(idOf(asSent))
    const lane = this.#tape.lane(connection.number, asSent.channel, of)
    const command = this.#asRecorded(lane, asSent)
    if (of === 'call') this.#call(connection, lane, command)
    else this.#offer(connection, lane, of, command)
    this.#pump()
  }

  /** Without its secrets, as it was recorded; what the recording says next to the byte has none. */
  #asRecorded(lane: number, command: ChannelCommand): ChannelCommand {
    const { redactor } = this.#context
    if (redactor === undefined) return command
    const next = this.#engine.nextOf(lane)
    if (next !== undefined && this.#matching.isEqual(next.entry, command)) return command
    return { ...redactCommand(command, redactor), channel: command.channel }
  }

  #call(connection: PlayedConnection, lane: number, command: ChannelCommand): void {
    // An answer to another method would break the client: the call is one that the recording does not have.
    const id = idOf(command)
    let looked = 0
    for (const event of this.#engine.open(lane)) {
      const isNext = looked === 0 && this.#tape.id(event.entry) === id
      if (isNext || this.#matching.same(event.entry, command)) return this.#offer(connection, lane, 'call', command)
      if (++looked > lookedCalls) break
    }
    this.#extra(connection, command)
  }

  #extra(connection: PlayedConnection, command: ChannelCommand): void {
    if (!connection.isOpen) return
    this.#found.notRecorded(connection.number, command)
    const answer = madeUpAnswer(command)
    if (answer === undefined) return
    this.#context.scheduler.turn(() => connection.send(command.channel, [answer]))
  }

  #offer(connection: PlayedConnection, lane: number, of: CommandClass, command: ChannelCommand): void {
    const act = this.#rules.ignoresPaths ? { ...command, key: laneKey(connection.number, command.channel) } : command
    const offered = this.#engine.offer(lane, act)
    const confirms = of === 'publish' ? connection.confirms(command.channel) : undefined
    if (confirms !== undefined) {
      const isChanged = offered.kind === 'changed'
      const number = offered.kind === 'extra' ? undefined : this.#numbers.of(offered.event.entry, isChanged)
      const unrecorded = confirms.published(number, isChanged)
      if (unrecorded !== undefined) this.#confirm(connection, command.channel, [unrecorded])
    }
    if (offered.kind === 'extra') return this.#found.oneMore(lane, connection.number, command)
    const { entry } = offered.event
    this.#used++
    if (of === 'publish') this.#checkWaited(entry, command)
    if (isClose(command)) this.#closes(connection, entry, command)
    if (offered.kind === 'moved') {
      this.#found.cameEarly(
        lane,
        entry,
        command,
        this.#undone(entry, (event) => event.lane === lane),
      )
    } else if (offered.kind === 'changed') {
      this.#found.differs(lane, entry, command)
      this.#bindings.bindNamesOf(this.#tape.command(entry), command)
    } else if (this.#matching.isEqual(entry, act)) return
    else if (of === 'settle') this.#found.compareSettle(entry, this.#tape.command(entry), command)
    else this.#matching.bind(entry, command)
  }

  /** Confirms publishes, by their numbers now, that the recording has no confirm of, or one that comes too late. */
  #confirm(connection: PlayedConnection, channel: number, publishes: readonly number[]): void {
    const acks = publishes.map((now) =>
      stored({ name: 'basic.ack', args: { deliveryTag: BigInt(now), multiple: false } }),
    )
    this.#context.scheduler.turn(() => connection.send(channel, acks))
  }

  /** A program that waited for each confirm when it was recorded does so again. */
  #checkWaited(entry: number, command: ChannelCommand): void {
    const confirm = this.#numbers.awaitedBy(entry)
    const next = confirm === undefined ? undefined : this.#engine.cut.nextOfBroker()
    if (confirm === undefined || next === undefined || next.entry > confirm) return
    const order = this.#rules.orderOf(this.#tape.key(entry), 'publish')
    if (order === undefined || order === 'ordered') this.#found.didNotWait(entry, command, confirm)
  }

  /** What was done before on what is closed now cannot come any more. */
  #closes(connection: PlayedConnection, entry: number, command: ChannelCommand): void {
    const { channel } = command
    const isOn = this.#onWhatCloses(connection, channel)
    const undone = this.#undone(entry, isOn)
    if (undone.length === 0) return
    // A client has commands of one channel on their way when it writes those of another: they follow at once.
    const isOnItsWay = channel === 0 && undone.every((one) => classOf(this.#tape.id(one)) !== 'call')
    if (!isOnItsWay) return this.#found.closedWithout(entry, command, undone)
    const kept = { ...copy(command), channel }
    this.#context.scheduler.after(standstillMs, () => {
      const left = this.#closed ? [] : this.#undone(entry, isOn)
      if (left.length > 0) this.#found.closedWithout(entry, kept, left)
    })
  }

  #undone(entry: number, isOf: (event: PlaybackEvent) => boolean): number[] {
    const entries: number[] = []
    for (const event of this.#engine.cut.undoneBefore(entry)) if (isOf(event)) entries.push(event.entry)
    return entries
  }

  /** Acts on the channel that a command closes, or on all channels of the connection. */
  #onWhatCloses({ number }: PlayedConnection, channel: number): (event: PlaybackEvent) => boolean {
    return ({ entry }) => {
      const role = this.#tape.role(entry)
      return role?.role === 'client' && role.connection === number && (channel === 0 || role.channel === channel)
    }
  }

  /** Gives what is due, one recorded turn in each turn of the event loop. */
  #pump(): void {
    if (this.#pumping || this.#closed) return
    this.#pumping = true
    this.#context.scheduler.turn(() => {
      this.#pumping = false
      if (this.#closed) return
      const turn = this.#engine.cut.release()
      if (turn.length === 0) return this.#heldMs > 0 ? this.#hold() : this.#watchStandstill()
      this.#used += turn.length
      this.#progress++
      this.#give(turn)
      this.#pump()
    })
  }

  /** Whether as much time has gone by as had before this event of the broker when it was recorded. */
  #isDue({ time }: PlaybackEvent): boolean {
    this.#heldMs = (time && this.#context.scheduler.untilDue?.(time)) ?? 0
    return this.#heldMs === 0
  }

  #hold(): void {
    this.#cancelHold?.()
    this.#cancelHold = this.#context.scheduler.after(this.#heldMs, () => this.#pump())
  }

  /** The cut keeps a delivery behind the settles that came before it; where these do not come, it may go ahead of them. */
  #watchStandstill(): void {
    if (this.#cancelStandstill !== undefined) return
    const moves = this.#progress
    this.#cancelStandstill = this.#context.scheduler.after(standstillMs, () => {
      this.#cancelStandstill = undefined
      if (moves !== this.#progress) return this.#watchStandstill()
      if (this.#confirmChanged()) return
      const ahead = deliveryAheadOfSettles(this.#engine, this.#tape, this.#connections)
      if (ahead === undefined) return
      this.#engine.take(ahead.entry, ahead.half, 'deliveries ahead of settles')
      this.#used++
      this.#progress++
      this.#give([ahead])
      this.#pump()
    })
  }

  /** A program may wait for the confirm of a publish that has another's place, and so another's confirm, which is further on. */
  #confirmChanged(): boolean {
    let any = false
    for (const connection of this.#connections.values()) {
      for (const [channel, confirms] of connection.confirmChannels) {
        const changed = confirms.takeChanged()
        if (changed.length === 0) continue
        this.#confirm(connection, channel, changed)
        any = true
      }
    }
    return any
  }

  #give(turn: readonly PlaybackEvent[]): void {
    let to: PlayedConnection | undefined
    const flush = (): void => to?.flush()
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
        const confirms = connection.confirms(role.channel)
        if (this.#bindings.areNone) {
          const places = this.#tape.places(entry)
          if (confirms === undefined || confirms.passes(places)) {
            connection.put(role.channel, places)
            continue
          }
        }
        const command = this.#bindings.apply(this.#tape.command(entry))
        for (const one of confirms?.apply(command) ?? [command]) connection.putCommand(role.channel, one)
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
}

function isClose(command: StoredCommand): boolean {
  const id = idOf(command)
  return id === channelClose || id === connectionClose
}

function copy({ method, header, body, ...rest }: Act): Act {
  return { ...rest, method: Buffer.from(method), header: Buffer.from(header), body: Buffer.from(body) }
}

function tlsFacts(bytes: Uint8Array): TlsFacts | undefined {
  return bytes.length === 0 ? undefined : (JSON.parse(Buffer.from(bytes).toString()) as TlsFacts)
}
