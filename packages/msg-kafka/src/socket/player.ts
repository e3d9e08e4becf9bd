import type {
  Awaited,
  Endpoint,
  Line,
  PlayContext,
  PlayReport,
  ProtocolPlayer,
  TlsFacts,
} from '@x07-lab/msg-core/driver'
import { apiKeys, decodeBody, encodeBody, isKnown, type Fields, type RequestFrame } from '../protocol/index.ts'
import { Answers, type Pending } from './answers.ts'
import { Calls } from './calls.ts'
import { CommitCheck } from './commit-check.ts'
import { Divergences } from './divergences.ts'
import { FetchSessions } from './fetch.ts'
import { FetchPlayer, type ParkedFetch } from './fetch-player.ts'
import { GroupState } from './group-state.ts'
import { ops } from './ops.ts'
import { PlayedConnection, type ConnectionHost, type Slot } from './played-connection.ts'
import { Release } from './release.ts'
import { classOf, keyOf } from './request-class.ts'
import { openSasl, replayPasswordVariable, watchPbkdf2, type SaslServer } from './sasl-server.ts'
import { SessionAnswers } from './session-answers.ts'
import { KafkaTape } from './tape.ts'
import { TokenBindings } from './token-bind.ts'
import { leftOutOfTransaction } from './transaction.ts'

/** An empty Fetch is answered after at most so long, however long the client would wait. */
const emptyFetchMs = 100

/** A consumer that asks for nothing pauses by itself: kafkajs looks again after 5 s where all its topics are paused. */
const consumerPauseMs = 8_000

/** Plays all Kafka connections of a program: one cluster, however many brokers there were. */
export class KafkaPlayer implements ProtocolPlayer, ConnectionHost {
  readonly #context: PlayContext
  readonly #tape: KafkaTape
  readonly #calls: Calls
  readonly #engine: Calls['engine']
  readonly #commits: CommitCheck
  readonly #sessions: SessionAnswers
  readonly #fetches: FetchPlayer
  readonly #fetchSessions = new FetchSessions()
  readonly #groups = new GroupState()
  readonly #bindings = new TokenBindings()
  readonly #found: Divergences
  readonly #connections = new Set<PlayedConnection>()
  /** Those over which a consumer fetched. */
  readonly #fetching = new Set<PlayedConnection>()
  readonly #dialled = new Map<string, number>()
  readonly #relaxed = new Map<string, number>()
  readonly #answers: Answers
  readonly #release: Release
  /** Dials and asserted calls of the recording that were made. */
  #used = 0

  constructor(context: PlayContext) {
    this.#context = context
    const rules = context.rules ?? []
    this.#tape = new KafkaTape(context.reader, rules)
    this.#found = new Divergences(context.diverged)
    this.#calls = new Calls({
      tape: this.#tape,
      found: this.#found,
      rules,
      bindings: this.#bindings,
      redactor: context.redactor,
      count: (what) => this.#relax(what),
      isDue: (event) => this.#release.isDue(event),
    })
    this.#engine = this.#calls.engine
    this.#commits = new CommitCheck(this.#tape, this.#found)
    this.#sessions = new SessionAnswers(this.#tape, (entry) => this.#engine.cut.causesHappened(entry))
    this.#fetches = new FetchPlayer(this.#tape, this.#bindings, this.#found)
    this.#answers = new Answers(this.#tape, this.#bindings, this.#groups)
    this.#release = new Release({
      scheduler: context.scheduler,
      tape: this.#tape,
      engine: this.#engine,
      answers: this.#answers,
      fetches: this.#fetches,
      groups: this.#groups,
      relaxed: (rule) => this.#relax(rule),
      cameEarly: (call, leftOut) => this.#cameEarly(call, leftOut),
    })
  }

  get busy(): boolean {
    return this.#release.busy || [...this.#connections].some(({ busy }) => busy)
  }

  hasReached(entry: number): boolean {
    return this.#release.hasReached(entry)
  }

  get used(): number {
    return this.#used + this.#release.given
  }

  get isHeld(): boolean {
    return this.#release.isHeld
  }

  get progress(): number {
    return this.#release.moves
  }

  get clientPauseMs(): number {
    const asks = this.#fetches.parked > 0 || this.#answers.waiting > 0
    return this.#fetching.size === 0 || asks || this.#found.count > 0 ? 0 : consumerPauseMs
  }

  knows({ port }: Endpoint): boolean {
    for (const name of this.#tape.dials.keys()) if (name.endsWith(`:${port}`)) return true
    return false
  }

  /** A client opens as many connections as it likes. */
  expects(endpoint: Endpoint): boolean {
    return this.knows(endpoint)
  }

  dial(endpoint: Endpoint, line: Line): PlayedConnection {
    const connection = new PlayedConnection(this, line)
    this.#connections.add(connection)
    const dialled = this.#nextDial(endpoint)
    if (dialled === undefined || dialled.err === 0 || dialled.req.length > 0) line.up(dialled && tlsOf(dialled.req))
    if (dialled !== undefined && dialled.err !== 0) {
      line.reset(Buffer.from(dialled.resp).toString())
      connection.detach()
    }
    return connection
  }

  get lookedAtMs(): number {
    return this.#tape.at
  }

  waitingFor(): readonly Awaited[] {
    return this.#engine.cut.waitingFor().map(({ entry, time }) => {
      const { key } = this.#tape.lane(entry)
      return { entry, op: ops.call, key, text: key, ...(time && { time }) }
    })
  }

  close(): PlayReport {
    this.#release.stop()
    this.#commits.compareAll()
    const { differences, relaxations, outOfOrder } = this.#engine.report(true)
    for (const difference of differences) {
      const { kind } = difference
      if (kind === 'extra' && difference.act !== undefined) this.#calls.correctExtra(difference.act)
      if (kind !== 'missing' || difference.event.side !== 'program') continue
      const { entry } = difference.event
      const { key } = this.#tape.lane(entry)
      this.#found.tell({ kind: 'unused', op: ops.call, key, entry, count: difference.count }, `unused ${entry}`)
    }
    const relaxed = { ...relaxations, ...Object.fromEntries(this.#relaxed) }
    if (outOfOrder > 0) relaxed['calls out of order'] = outOfOrder
    return {
      divergences: this.#found.list,
      divergenceCount: this.#found.count,
      relaxed,
      used: this.used,
    }
  }

  turn(run: () => void): void {
    this.#context.scheduler.turn(run)
  }

  gone(connection: PlayedConnection): void {
    this.#connections.delete(connection)
    this.#fetching.delete(connection)
    this.#fetches.gone(connection)
    this.#answers.gone(connection)
  }

  failed(connection: PlayedConnection, what: string): void {
    this.#found.tell(
      { kind: 'extra', op: ops.call, key: 'connection', recorded: 0 },
      `failed ${what}`,
      `a connection to a Kafka broker was not understood: ${what}`,
    )
    connection.breakOff('ECONNRESET')
  }

  login(mechanism: string): SaslServer {
    return openSasl(mechanism, process.env[replayPasswordVariable] ?? 'replay', watchPbkdf2)
  }

  loginAnswer(): Fields {
    const entry = this.#sessions.next('SaslAuthenticate')
    if (entry === undefined || this.#tape.lane(entry).op === 'end') return {}
    const { version } = this.#tape.call(entry)
    return decodeBody(apiKeys.SaslAuthenticate, version, 'response', this.#tape.entry(entry).resp)
  }

  request(connection: PlayedConnection, asked: RequestFrame, slot: Slot): void {
    const { apiKey, version } = asked
    // The records of a Produce are compared as they are: they may be compressed.
    const body = apiKey === apiKeys.Produce ? asked.body : this.#bindings.bytesToRecorded(asked.body)
    const request = { ...asked, body }
    // What is not in the tables is compared as bytes, as it was recorded.
    const fields = isKnown(apiKey, version) ? decodeBody(apiKey, version, 'request', body) : {}
    if (apiKey === apiKeys.Fetch) {
      this.#fetch(connection, request, slot, fields)
      return
    }
    const key = keyOf(apiKey, fields, this.#tape.names)
    const failure = this.#answers.takeBreak(key)
    if (failure !== undefined) {
      connection.breakOff(failure)
      return
    }
    switch (classOf(apiKey)) {
      case 'session':
        this.#session(connection, request, slot, key)
        return
      case 'polling':
        this.#heartbeat(connection, request, slot, fields, key)
        return
      case 'commit':
        this.#commit(connection, request, slot, fields)
        return
      case 'asserted':
        this.#assert({ connection, request, slot }, fields, key)
    }
  }

  #nextDial({
    host,
    port,
  }: Endpoint): { readonly err: number; readonly req: Uint8Array; readonly resp: Uint8Array } | undefined {
    const name = `${host}:${port}`
    const lane = this.#tape.dials.get(name)
    if (lane === undefined) return undefined
    const last = this.#dialled.get(name)
    const next = last === undefined ? this.#tape.firstIn(lane) : this.#tape.nextInLane(last)
    if (next !== undefined) {
      this.#dialled.set(name, next)
      this.#use(next)
    }
    const entry = next ?? last
    if (entry === undefined) return undefined
    const { err, req, resp } = this.#tape.entry(entry)
    return { err: err ?? 0, req, resp }
  }

  #session(connection: PlayedConnection, request: RequestFrame, slot: Slot, key: string): void {
    const entry = this.#sessions.next(this.#calls.boundKey(this.#tape.sessions, key))
    if (entry === undefined) {
      this.#calls.unknown(request, key)
      connection.breakOff('ECONNRESET')
      return
    }
    if (this.#tape.lane(entry).op === 'end') {
      connection.breakOff(Buffer.from(this.#tape.entry(entry).resp).toString())
      return
    }
    const { apiKey, version } = request
    const recorded = this.#tape.call(entry)
    const { resp } = this.#tape.entry(entry)
    connection.answer(slot, request, this.#answers.transcode(apiKey, recorded.version, version, resp))
  }

  #heartbeat(connection: PlayedConnection, request: RequestFrame, slot: Slot, fields: Fields, key: string): void {
    const { apiKey, version } = request
    const group = fields['groupId'] as string
    const member = fields['memberId'] as string
    const errorCode = this.#groups.errorOf(group, member) || this.#release.heartbeatError(key, member)
    connection.answer(slot, request, encodeBody(apiKey, version, 'response', { errorCode }))
  }

  #commit(connection: PlayedConnection, request: RequestFrame, slot: Slot, fields: Fields): void {
    const { apiKey, version } = request
    const errorCode = this.#groups.commit(fields, this.#tape.names)
    if (errorCode === 0) this.#commits.committed(fields)
    const topics = (fields['topics'] as Fields[]).map((topic) => ({
      ...topic,
      partitions: (topic['partitions'] as Fields[]).map(({ partitionIndex }) => ({ partitionIndex, errorCode })),
    }))
    connection.answer(slot, request, this.#bindings.bytesToNow(encodeBody(apiKey, version, 'response', { topics })))
  }

  #assert(pending: Pending, fields: Fields, key: string): void {
    const { connection, request, slot } = pending
    const { apiKey } = request
    const offered = this.#calls.offer(request, key)
    if (offered === undefined) {
      connection.breakOff('ECONNRESET')
      return
    }
    const { entry, again } = offered
    this.#groups.asserted(apiKey, fields, this.#tape.names)
    if (apiKey === apiKeys.LeaveGroup) this.#commits.left(fields['groupId'] as string, entry)
    if (apiKey === apiKeys.EndTxn && !again) this.#endsTransaction(entry)
    this.#use(entry)
    // Nobody answers a Produce with acks 0.
    if (apiKey === apiKeys.Produce && fields['acks'] === 0) slot.bytes = Buffer.alloc(0)
    else if (again) this.#answers.again(entry, pending)
    else this.#answers.wait(entry, pending)
    // A client that a divergence has broken may make the same calls for ever.
    if (!again || this.#found.count === 0) this.#release.moved()
    this.#release.pump()
  }

  /** What its transaction was recorded to hold cannot come into it any more: it is told now, and keeps nobody waiting. */
  #endsTransaction(end: number): void {
    const left = leftOutOfTransaction(this.#tape, this.#engine.cut, end)
    const [first] = left
    if (first === undefined) return
    for (const event of left) this.#engine.cut.passOver(event)
    const { key } = this.#tape.lane(first.entry)
    const ended = this.#tape.lane(end).key
    const listed = left.map(({ entry }) => `${this.#tape.lane(entry).key} (entry ${entry})`).join(', ')
    this.#found.tell(
      { kind: 'unused', op: ops.call, key, entry: first.entry, count: left.length },
      `left out of ${ended}`,
      `${ended} of entry ${end} came without ${listed}, recorded before it in its transaction`,
    )
  }

  #fetch(connection: PlayedConnection, request: RequestFrame, slot: Slot, fields: Fields): void {
    this.#fetching.add(connection)
    const asked = this.#fetchSessions.asked(request.version, fields, this.#tape.names)
    const key = `Fetch/${request.clientId ?? ''}`
    const waitMs = Math.min(fields['maxWaitMs'] as number, emptyFetchMs)
    const fetch: ParkedFetch = {
      header: request,
      connection,
      asked,
      key,
      answer: (body) => connection.answer(slot, request, body),
      breakOff: (failure) => connection.breakOff(failure),
      cancel: this.#context.scheduler.after(waitMs, () => this.#fetches.answerEmpty(fetch)),
    }
    this.#fetches.park(fetch)
    if (this.#fetches.readLog(fetch, false)) return
    this.#release.pump()
  }

  #cameEarly(entry: number, before: number): void {
    const { key } = this.#tape.lane(entry)
    const other = this.#tape.lane(before).key
    this.#found.tell(
      { kind: 'moved', op: ops.call, key, entry, before },
      `early ${before}`,
      `${key}: the call of entry ${entry} came before ${other} of entry ${before}, which was answered before it was made`,
    )
  }

  #relax(rule: string): void {
    this.#relaxed.set(rule, (this.#relaxed.get(rule) ?? 0) + 1)
  }

  #use(entry: number): void {
    this.#tape.use(entry)
    this.#used++
  }
}

function tlsOf(req: Uint8Array): TlsFacts | undefined {
  return req.length === 0 ? undefined : (JSON.parse(Buffer.from(req).toString()) as TlsFacts)
}
