import type {
  ConnectionRecorder,
  Endpoint,
  Protocol,
  ProtocolRecorder,
  SocketEntry,
  TlsFacts,
} from '@x07-lab/msg-core/driver'
import type { Json, JsonObject } from '@x07-lab/msg-core'
import type { RecordedContracts } from '@x07-lab/msg-core/format'
import { usedContracts, type RecordingRun } from '@x07-lab/msg-core/run'
import type { Socket } from 'node:net'

import type { RecordedClock } from '../pins/clock.ts'
import type { Pins } from '../pins/pin.ts'
import type { TimerJournal } from '../time/timer-journal.ts'
import type { Dialled } from '../seam/endpoint.ts'
import { brokerPorts } from '../seam/outside.ts'
import { ownServersDialled } from '../seam/own-servers.ts'
import { tapSocket, type Listener, type Untap } from '../seam/tap.ts'
import { realTimers } from '../seam/timers.ts'
import { clockEntry, entryKind, pinEntries, signalEntry, timersEntry } from './entries.ts'
import type { NotUnderstood, Session, SessionReport } from './session.ts'

/** Most endpoints that a seal names which are not brokers'. */
const listedElsewhere = 64

/** Most dials that are kept of an endpoint that has not spoken yet. */
const keptDials = 16

/** Times of a pinned clock, or firings of timers, that make an entry; a program that is killed loses the last ones. */
const timesTogether = 256

/** Peers say who they are in the first entries; the seal's summary is not looked at again for every message. */
const handshakeEntries = 64

/** A dial that failed, or that was made, `up`, and closed or broken without a word. */
interface Dial {
  readonly endpoint: Endpoint
  readonly failure?: string
  readonly up?: { readonly tls: TlsFacts | undefined }
}

/** What {@link RecordingSession} needs beside its run. */
export interface RecordingSessionOptions {
  readonly protocols: readonly Protocol[]
  /** The folder that holds `arch/`: the seal says under which of its contracts this was recorded. */
  readonly root: string
  /** What is pinned of the program, to be the first entries. */
  readonly pins?: Pins
  /** The program's clock, where it is pinned. */
  readonly clock?: RecordedClock
  /** When the program's timers fire, where that is watched. */
  readonly timers?: TimerJournal
  /** Told when the seal would say something new, and of each connection, so that it can be kept for a process that is killed. */
  readonly onSummary?: (summary: Readonly<Record<string, unknown>>) => void
}

/** Records the broker connections of a program, all protocols in one order. */
export class RecordingSession implements Session, Listener {
  readonly #run: RecordingRun
  readonly #options: RecordingSessionOptions
  readonly #recorders = new Map<string, ProtocolRecorder>()
  /** Protocols by `host:port`, of connections that were recognised. */
  readonly #known = new Map<string, string>()
  /** Dials that failed or said nothing, to endpoints of which nothing is known yet. */
  readonly #failed = new Map<string, Dial[]>()
  /** Endpoints, `host:port`, that do not speak as a broker. */
  readonly #elsewhere = new Set<string>()
  readonly #taps = new WeakMap<Socket, { readonly untap: Untap; readonly place: string }>()
  /** Endpoints, `host:port`, that were dialled without TLS, which was laid over it afterwards. */
  readonly #carriers = new Set<string>()
  readonly #notUnderstood: NotUnderstood[] = []
  #nativeClient: string | undefined
  #read: { readonly name: string; readonly contracts: RecordedContracts } | undefined
  #told = ''
  /** A connection was made of which nothing is written yet. */
  #isNewConnection = false
  #dials = 0
  #last: number | undefined
  /** Sum of the times that the entries have. */
  #sum = 0
  #report: SessionReport | undefined

  constructor(run: RecordingRun, options: RecordingSessionOptions) {
    this.#run = run
    this.#options = options
  }

  dial(socket: Socket, { endpoint, over }: Dialled): boolean {
    if (this.#report !== undefined) return false
    const below = over && this.#taps.get(over)
    // A socket that has said something is of use in a replay only if somebody answers there.
    if (below?.untap() === true && this.#carriers.size < listedElsewhere) this.#carriers.add(below.place)
    const untap = tapSocket(socket, { ...endpoint, nth: ++this.#dials }, this)
    this.#taps.set(socket, { untap, place: placeOf(endpoint) })
    return false
  }

  recognise(first: Uint8Array): { readonly protocol: string } | 'more' | undefined {
    return recognise(this.#options.protocols, first)
  }

  notBroker(endpoint: Endpoint): void {
    if (this.#elsewhere.size < listedElsewhere) this.#elsewhere.add(placeOf(endpoint))
  }

  connection(protocol: string, endpoint: Endpoint, tls: TlsFacts | undefined): ConnectionRecorder {
    const place = placeOf(endpoint)
    this.#known.set(place, protocol)
    const recorder = this.#recorderOf(protocol)
    this.#isNewConnection = true
    for (const dial of this.#failed.get(place) ?? []) tellDial(recorder, dial)
    this.#failed.delete(place)
    return recorder.connection(endpoint, tls)
  }

  dialFailed(endpoint: Endpoint, failure: string): void {
    const place = placeOf(endpoint)
    const protocol = this.#known.get(place) ?? brokerPorts.get(endpoint.port)
    if (protocol !== undefined && this.#options.protocols.some(({ name }) => name === protocol)) {
      this.#recorderOf(protocol).dialFailed(endpoint, failure)
      return
    }
    this.#keep({ endpoint, failure })
  }

  probed(endpoint: Endpoint, tls: TlsFacts | undefined, failure: string | undefined): void {
    const place = placeOf(endpoint)
    const dial: Dial = { endpoint, up: { tls }, ...(failure !== undefined && { failure }) }
    // Who breaks a connection that said nothing may be a broker, at the port of one.
    const protocol = this.#known.get(place) ?? (failure === undefined ? undefined : brokerPorts.get(endpoint.port))
    if (protocol === undefined) this.#keep(dial)
    else tellDial(this.#recorderOf(protocol), dial)
  }

  #keep(dial: Dial): void {
    const place = placeOf(dial.endpoint)
    this.#failed.set(place, [...(this.#failed.get(place) ?? []), dial].slice(-keptDials))
  }

  notUnderstood(protocol: string, endpoint: Endpoint, error: unknown): void {
    // What was understood and could not be written is the recording's own failure, which the report has.
    if (this.#run.failure !== undefined) return
    this.#notUnderstood.push({ protocol, endpoint, why: error instanceof Error ? error.message : String(error) })
  }

  /** The program loads an addon that is a client of a broker. */
  nativeClient(name: string): void {
    this.#nativeClient = name
  }

  /** A signal that the program heard, once it has said something to a broker. */
  signal(name: string, isFromRun: boolean): boolean {
    if (this.#report !== undefined || this.#run.entries === 0) return true
    const elapsed = this.#elapsed()
    this.#sum += elapsed
    this.#run.appendEntry(signalEntry(name, elapsed, isFromRun))
    return true
  }

  append({ op, key, req, resp, err = 0, sameTurn }: SocketEntry): void {
    if (this.#report !== undefined) return
    const elapsed = this.#elapsed()
    const { pins } = this.#options
    if (this.#run.entries === 0 && pins !== undefined) for (const pin of pinEntries(pins)) this.#run.appendEntry(pin)
    const { clock, timers } = this.#options
    if ((clock?.pending ?? 0) >= timesTogether || (timers?.pending ?? 0) >= timesTogether) this.#keepTimes()
    const latencyTicks = sameTurn === true ? 0 : elapsed
    this.#sum += latencyTicks
    this.#run.appendEntry({ kind: entryKind, op, key, req, resp, err, latencyTicks })
    if (this.#run.entries <= handshakeEntries || this.#isNewConnection) this.#tellSummary()
  }

  #keepTimes(): void {
    const { clock, timers } = this.#options
    for (const times of clock?.take() ?? []) this.#run.appendEntry(clockEntry(times))
    const fired = timers?.take() ?? []
    if (fired.length > 0) this.#run.appendEntry(timersEntry(fired))
  }

  /** Microseconds since the recording began, by its own clock: the first entry. */
  get recordedMicros(): number | undefined {
    return this.#last === undefined ? undefined : this.#sum + Math.round(realTimers.now() * 1_000 - this.#last)
  }

  /** Microseconds since the entry before, at least 1. */
  #elapsed(): number {
    const now = realTimers.now() * 1_000
    const elapsed = this.#last === undefined ? 1 : Math.min(0xffff_ffff, Math.max(1, Math.round(now - this.#last)))
    this.#last = now
    return elapsed
  }

  #tellSummary(): void {
    const summary = this.summary()
    const text = JSON.stringify(summary)
    if (text === this.#told && !this.#isNewConnection) return
    this.#told = text
    this.#isNewConnection = false
    // Who completes the recording of a process that is killed finds a file.
    if (this.#options.onSummary !== undefined) this.#run.flush()
    this.#options.onSummary?.(summary)
  }

  /** Whether any of these endpoints, `HOST:PORT`, is that of a broker. */
  isBroker(places: readonly string[]): boolean {
    return places.some((place) => this.#known.has(place) || brokerPorts.has(Number(place.split(':').at(-1))))
  }

  report(): SessionReport {
    if (this.#report !== undefined) return this.#report
    const { cassette, entries, failure } = this.#run
    const ownServers = entries === 0 ? ownServersDialled() : []
    return {
      mode: 'record',
      cassette,
      entries,
      notUnderstood: this.#notUnderstood,
      divergences: [],
      divergenceCount: 0,
      relaxed: {},
      waitingFor: [],
      ...(ownServers.length === 0 ? {} : { ownServers }),
      ...(entries > 0 || this.#nativeClient === undefined ? {} : { nativeClient: this.#nativeClient }),
      ...(failure === undefined ? {} : { problem: failure.message }),
    }
  }

  close(complete: boolean): SessionReport {
    if (this.#report !== undefined) return this.#report
    const report = this.report()
    this.#report = report
    try {
      if (complete && this.#notUnderstood.length === 0 && this.#run.failure === undefined) {
        if (this.#run.entries > 0) this.#keepTimes()
        this.#run.complete({ more: { ...this.summary(), idle_ticks: this.#idle() } })
      } else {
        if (this.#run.abandon() !== undefined) this.#report = { ...report, partial: this.#run.partial }
      }
    } catch (error) {
      this.#report = { ...report, problem: error instanceof Error ? error.message : String(error) }
    }
    return this.#report
  }

  /** What the seal says of clients, brokers and versions. */
  summary(): JsonObject {
    const out: Record<string, Json> = { face: 'socket' }
    const contracts = this.#contracts()
    if (Object.keys(contracts).length > 0) out['contracts'] = contracts
    const elsewhere = [...this.#elsewhere, ...this.#failed.keys()].filter((place) => !this.#known.has(place))
    if (elsewhere.length > 0) out['elsewhere'] = [...new Set(elsewhere)].toSorted().slice(0, listedElsewhere)
    if (this.#carriers.size > 0) out['carriers'] = [...this.#carriers].toSorted()
    const refused = this.#refused()
    if (Object.keys(refused).length > 0) out['refused'] = refused
    for (const recorder of this.#recorders.values()) {
      for (const [name, value] of Object.entries(recorder.summary())) {
        out[name] = typeof value === 'object' ? [...value] : value
      }
    }
    return out
  }

  /** Failures of dials to places of which nobody knows more, by `host:port`, as the text that {@link Line.reset} takes. */
  #refused(): Record<string, string> {
    const out: Record<string, string> = {}
    for (const [place, dials] of this.#failed) {
      if (this.#known.has(place) || this.#elsewhere.has(place) || Object.keys(out).length >= listedElsewhere) continue
      const failure = dials.findLast((one) => one.failure !== undefined && one.failure !== '')?.failure
      if (failure !== undefined) out[place] = failure
    }
    return out
  }

  /** Read once for the brokers that are known: a change during the recording is one afterwards. */
  #contracts(): RecordedContracts {
    const addresses = [...this.#known.keys()].toSorted()
    const name = addresses.join(' ')
    if (this.#read?.name !== name) this.#read = { name, contracts: usedContracts(this.#options.root, { addresses }) }
    return this.#read.contracts
  }

  /** How long the program went on after the last entry, in microseconds: so long it may again. */
  #idle(): number {
    return this.#last === undefined ? 0 : Math.round(realTimers.now() * 1_000 - this.#last)
  }

  #recorderOf(protocol: string): ProtocolRecorder {
    let recorder = this.#recorders.get(protocol)
    if (recorder === undefined) {
      const found = this.#options.protocols.find(({ name }) => name === protocol)
      if (found === undefined) throw new TypeError(`no protocol is named ${protocol}`)
      const { redactor } = this.#run
      const sink = { append: (entry: SocketEntry) => this.append(entry), ...(redactor && { redactor }) }
      recorder = found.recorder(sink)
      this.#recorders.set(protocol, recorder)
    }
    return recorder
  }
}

function tellDial(recorder: ProtocolRecorder, { endpoint, failure = '', up }: Dial): void {
  if (up === undefined) recorder.dialFailed(endpoint, failure)
  else recorder.connection(endpoint, up.tls).closed(failure === '' ? undefined : failure)
}

function placeOf({ host, port }: Endpoint): string {
  return `${host}:${port}`
}

/** Which of the protocols these first bytes of a client are of. */
export function recognise(
  protocols: readonly Protocol[],
  first: Uint8Array,
): { readonly protocol: string } | 'more' | undefined {
  let more = false
  for (const protocol of protocols) {
    const answer = protocol.recognise(first)
    if (answer === 'yes') return { protocol: protocol.name }
    more ||= answer === 'more'
  }
  return more ? 'more' : undefined
}
