import type {
  Awaited,
  Endpoint,
  Line,
  PlayContext,
  PlayReport,
  ProtocolPlayer,
  TlsFacts,
} from '@x07-lab/msg-core/driver'
import type { PlaybackEvent } from '@x07-lab/msg-core/playback'
import { apiKeys, apiName, decodeBody, encodeBody, isKnown, type Fields, type RequestFrame } from '../protocol/index.ts'
import { Calls } from './calls.ts'
import { CommitCheck } from './commit-check.ts'
import { Divergences } from './divergences.ts'
import { FetchSessions } from './fetch.ts'
import { FetchPlayer, type ParkedFetch } from './fetch-player.ts'
import { GroupState } from './group-state.ts'
import { ops } from './ops.ts'
import { PlayedConnection, type ConnectionHost, type Slot } from './played-connection.ts'
import { redactCall } from './redact-records.ts'
import { classOf, keyOf } from './request-class.ts'
import { openSasl, replayPasswordVariable, watchPbkdf2, type SaslServer } from './sasl-server.ts'
import { SessionAnswers } from './session-answers.ts'
import { errorOfCommit, KafkaTape } from './tape.ts'
import { TokenBindings } from './token-bind.ts'

/** An empty Fetch is answered after at most so long, however long the client would wait. */
const emptyFetchMs = 100
/** Nothing given and nothing asserted for so long is a standstill: longer than two empty fetches. */
const standstillMs = 250
/** Clients pause by themselves: heartbeats come every few seconds, and what failed is tried again later and later. */
const clientPauseMs = 8000
/** Standstills in a row after which an answer is given although calls before it were not made. */
const patience = 4

/** An asserted call that waits for its answer. */
interface Pending {
  readonly connection: PlayedConnection
  readonly request: RequestFrame
  readonly slot: Slot
}

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
  /** By entry of the call. */
  readonly #pending = new Map<number, Pending>()
  /** Requests of these keys break their connection when they come next. */
  readonly #breakNext = new Map<string, string>()
  readonly #dialled = new Map<string, number>()
  readonly #relaxed = new Map<string, number>()
  /** The broker's next event, which could not be given yet. */
  #head: PlaybackEvent | undefined
  #pumping = false
  #cancelStandstill: (() => void) | undefined
  #standstills = 0
  #used = 0
  #progress = 0

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
      count: (what) => this.#relax(what),
    })
    this.#engine = this.#calls.engine
    this.#commits = new CommitCheck(this.#tape, this.#found)
    this.#sessions = new SessionAnswers(this.#tape, (entry) => this.#engine.causesHappened(entry))
    this.#fetches = new FetchPlayer(this.#tape, this.#bindings, this.#found)
  }

  get busy(): boolean {
    return this.#pumping || [...this.#connections].some(({ busy }) => busy)
  }

  get progress(): number {
    return this.#progress
  }

  knows({ port }: Endpoint): boolean {
    for (const name of this.#tape.dials.keys()) if (name.endsWith(`:${port}`)) return true
    return false
  }

  dial(endpoint: Endpoint, line: Line): PlayedConnection {
    const connection = new PlayedConnection(this, line)
    this.#connections.add(connection)
    const dialled = this.#nextDial(endpoint)
    if (dialled === undefined || dialled.err === 0) line.up(dialled && tlsOf(dialled.req))
    else {
      line.reset(Buffer.from(dialled.resp).toString())
      connection.detach()
    }
    return connection
  }

  waitingFor(): readonly Awaited[] {
    return this.#engine.waitingFor().map(({ entry }) => {
      const { key } = this.#tape.lane(entry)
      const pauseMs = Math.max(clientPauseMs, (this.#tape.entry(entry).latencyTicks ?? 0) / 1000)
      return { entry, op: ops.call, key, text: key, pauseMs }
    })
  }

  close(): PlayReport {
    this.#cancelStandstill?.()
    this.#commits.compareAll()
    const { differences, relaxations, outOfOrder } = this.#engine.report(true)
    for (const difference of differences) {
      if (difference.kind !== 'missing' || difference.event.side !== 'program') continue
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
      used: this.#used,
    }
  }

  // What connections ask.

  turn(run: () => void): void {
    this.#context.scheduler.turn(run)
  }

  gone(connection: PlayedConnection): void {
    this.#connections.delete(connection)
    this.#fetches.gone(connection)
    for (const [entry, pending] of this.#pending) if (pending.connection === connection) this.#pending.delete(entry)
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
    const entry = this.#sessions.answer('SaslAuthenticate')
    if (entry === undefined) return {}
    const { version } = this.#tape.call(entry)
    return decodeBody(apiKeys.SaslAuthenticate, version, 'response', this.#tape.entry(entry).resp)
  }

  request(connection: PlayedConnection, asked: RequestFrame, slot: Slot): void {
    const { apiKey, version } = asked
    // The records of a Produce are compared as they are: they may be compressed.
    const body = apiKey === apiKeys.Produce ? asked.body : this.#bindings.bytesToRecorded(asked.body)
    const request = redactCall({ ...asked, body }, this.#context.redactor)
    // What is not in the tables is compared as bytes, as it was recorded.
    const fields = isKnown(apiKey, version) ? decodeBody(apiKey, version, 'request', body) : {}
    if (apiKey === apiKeys.Fetch) {
      this.#fetch(connection, request, slot, fields)
      return
    }
    const key = keyOf(apiKey, fields, this.#tape.names)
    const failure = this.#breakNext.get(key)
    if (failure !== undefined) {
      this.#breakNext.delete(key)
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
    const entry = this.#sessions.answer(this.#calls.boundKey(this.#tape.sessions, key))
    if (entry === undefined) {
      this.#calls.unknown(request, key)
      connection.breakOff('ECONNRESET')
      return
    }
    const { apiKey, version } = request
    const recorded = this.#tape.call(entry)
    const { resp } = this.#tape.entry(entry)
    connection.answer(slot, request, this.#transcode(apiKey, recorded.version, version, resp))
  }

  /** A recorded answer in the version that is asked for now. */
  #transcode(apiKey: number, from: number, to: number, body: Uint8Array): Uint8Array {
    const answer = from === to ? body : encodeBody(apiKey, to, 'response', decodeBody(apiKey, from, 'response', body))
    return this.#bindings.bytesToNow(answer)
  }

  #heartbeat(connection: PlayedConnection, request: RequestFrame, slot: Slot, fields: Fields, key: string): void {
    const { apiKey, version } = request
    const group = fields['groupId'] as string
    const member = fields['memberId'] as string
    let errorCode = this.#groups.errorOf(group, member)
    if (errorCode === 0 && this.#head !== undefined) {
      const head = this.#head
      const { op, key: headKey } = this.#tape.lane(head.entry)
      if (op === 'heartbeat' && headKey === key && this.#memberOf(head.entry) === member) {
        errorCode = this.#heartbeatError(head.entry)
        this.#headGiven()
      }
    }
    connection.answer(slot, request, encodeBody(apiKey, version, 'response', { errorCode }))
  }

  #memberOf(entry: number): unknown {
    const { apiKey, version, body } = this.#tape.call(entry)
    return decodeBody(apiKey, version, 'request', body)['memberId']
  }

  /** Sets what a recorded heartbeat error means, and gives its code. */
  #heartbeatError(entry: number): number {
    const { apiKey, version, body } = this.#tape.call(entry)
    const { groupId, memberId } = decodeBody(apiKey, version, 'request', body)
    const code = decodeBody(apiKey, version, 'response', this.#tape.entry(entry).resp)['errorCode'] as number
    this.#groups.failed(groupId as string, memberId as string, code)
    return code
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
    // With the last member's farewell a group's positions are what they will be.
    if (apiKey === apiKeys.LeaveGroup && this.#tape.nextInLane(entry) === undefined) {
      this.#commits.compare(fields['groupId'] as string, entry)
    }
    this.#use(entry)
    // Nobody answers a Produce with acks 0.
    if (apiKey === apiKeys.Produce && fields['acks'] === 0) slot.bytes = Buffer.alloc(0)
    else if (again) this.#answerAgain(pending, entry)
    else this.#pending.set(entry, pending)
    this.#moved()
    this.#pump()
  }

  /** A call whose answer may have been given before. */
  #answerAgain(pending: Pending, entry: number): void {
    const reply = this.#tape.replyTo(entry)
    if (reply === undefined) return
    const { request, connection, slot } = pending
    const { version } = this.#tape.call(entry)
    connection.answer(
      slot,
      request,
      this.#transcode(request.apiKey, version, request.version, this.#tape.entry(reply).resp),
    )
  }

  #fetch(connection: PlayedConnection, request: RequestFrame, slot: Slot, fields: Fields): void {
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
    this.#pump()
  }

  // What the broker does.

  /** Gives what is due, one recorded turn at a time. */
  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    this.#context.scheduler.turn(() => {
      this.#pumping = false
      this.#giveTurn()
    })
  }

  #giveTurn(): void {
    let turn: number | undefined
    for (;;) {
      this.#head ??= this.#engine.next()
      const head = this.#head
      if (head === undefined) break
      if (turn !== undefined && head.turn !== turn) {
        this.#pump()
        return
      }
      const outcome = this.#give(head.entry)
      if (outcome === 'blocked') break
      if (outcome === 'given') turn = head.turn
      this.#headGiven()
    }
    this.#watchStandstill()
  }

  #headGiven(): void {
    if (this.#head === undefined) return
    this.#use(this.#head.entry)
    this.#head = undefined
    this.#moved()
    this.#pump()
  }

  /** Gives an event of the broker: `skipped` where there is nobody to give it to. */
  #give(entry: number): 'given' | 'skipped' | 'blocked' {
    const { op, key } = this.#tape.lane(entry)
    if (op === 'fetch') {
      const outcome = this.#fetches.give(entry)
      return outcome === 'spared' ? 'skipped' : outcome
    }
    if (op === 'heartbeat') return 'blocked'
    if (op === 'end') return this.#end(entry, key)
    return this.#reply(entry)
  }

  #reply(entry: number): 'given' | 'skipped' {
    const call = this.#tape.callOf(entry)
    if (call === undefined) return 'skipped'
    const { apiKey, version } = this.#tape.call(call)
    const { resp } = this.#tape.entry(entry)
    if (classOf(apiKey) === 'commit') {
      const group = this.#tape.lane(call).key.slice(apiName(apiKey).length + 1)
      this.#groups.commitFails(group, errorOfCommit(decodeBody(apiKey, version, 'response', resp)))
      return 'skipped'
    }
    const pending = this.#pending.get(call)
    if (pending === undefined) return 'skipped'
    this.#pending.delete(call)
    const { connection, request, slot } = pending
    connection.answer(slot, request, this.#transcode(apiKey, version, request.version, resp))
    return 'given'
  }

  #end(entry: number, key: string): 'given' | 'skipped' | 'blocked' {
    const failure = Buffer.from(this.#tape.entry(entry).resp).toString()
    if (key.startsWith('Fetch/')) return this.#fetches.breakOff(key, failure) ? 'given' : 'blocked'
    const call = this.#tape.callOf(entry)
    if (call === undefined) {
      this.#breakNext.set(key, failure)
      return 'skipped'
    }
    const pending = this.#pending.get(call)
    this.#pending.delete(call)
    pending?.connection.breakOff(failure)
    return pending === undefined ? 'skipped' : 'given'
  }

  // Standstill.

  /** Something was given, or the program did something that is asserted. */
  #moved(): void {
    this.#progress++
    this.#standstills = 0
    this.#cancelStandstill?.()
    this.#cancelStandstill = undefined
  }

  #watchStandstill(): void {
    if (this.#cancelStandstill !== undefined) return
    if (this.#fetches.parked === 0 && this.#pending.size === 0 && this.#head === undefined) return
    this.#cancelStandstill = this.#context.scheduler.after(standstillMs, () => {
      this.#cancelStandstill = undefined
      this.#standstills++
      if (this.#relaxOrder()) this.#pump()
      // With nothing to wait for but the program itself, the watch ends.
      else if (this.#pending.size > 0 && this.#standstills <= patience) this.#watchStandstill()
    })
  }

  /** Gives something out of the recorded order; false where nothing can be. */
  #relaxOrder(): boolean {
    let relaxed = false
    for (let head = (this.#head ??= this.#engine.next()); head !== undefined; head = this.#head = this.#engine.next()) {
      const { op } = this.#tape.lane(head.entry)
      if (op === 'fetch') {
        this.#fetches.toLog(head.entry)
        this.#relax('records read from the log')
      } else if (op === 'heartbeat') {
        this.#heartbeatError(head.entry)
        this.#relax('heartbeat errors out of order')
      } else if (op === 'end') this.#relax('ends of connections left out')
      else if (this.#reply(head.entry) === 'skipped') this.#relax('answers left out')
      relaxed = true
      this.#use(head.entry)
      this.#head = undefined
      if (op === 'heartbeat') break
    }
    if (this.#fetches.readLogs(false) > 0 || relaxed) {
      this.#standstills = 0
      return true
    }
    if (this.#fetches.readLogs(true) > 0) {
      this.#relax('records read again')
      return true
    }
    return this.#standstills >= patience && this.#answerEarly()
  }

  /** Gives the first answer that waits for calls that the program does not make. */
  #answerEarly(): boolean {
    for (const call of [...this.#pending.keys()].toSorted((a, b) => a - b)) {
      const reply = this.#tape.replyTo(call)
      if (reply === undefined) continue
      this.#engine.take(reply, 'whole', 'answers before their turn')
      this.#reply(reply)
      this.#use(reply)
      return true
    }
    return false
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
