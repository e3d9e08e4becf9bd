import type { CassetteReader } from '../format/cassette/reader.ts'
import type { EntryFields } from '../format/cassette/entry.ts'
import type { RecordedTime } from './event.ts'
import type { Divergence } from './report.ts'

/**
 * What stands between a program's own socket and a cassette. A *face* (the socket in the process, a listener on loopback, a
 * proxy) knows connections and bytes; a *protocol* (AMQP, Kafka) knows what they say. Neither knows the other: a face gives
 * a {@link Line} for each connection, a protocol gives a {@link Conversation} for it.
 */

/** Where a client dialled: what it asked for, before resolution. */
export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Whether the bytes are the plaintext of a TLS connection. */
  readonly tls: boolean
  /**
   * Which dial of the process or scope it is, counted when the client asks for it: what stands first need not have been
   * dialled first.
   */
  readonly nth?: number
}

/** What a client may ask of the TLS below its connection. */
export interface TlsFacts {
  readonly authorized: boolean
  /** Why it is not authorized, where the client went on all the same. */
  readonly authorizationError?: string
  /** The protocol agreed by ALPN. */
  readonly alpn?: string
  /** Such as `TLSv1.3`. */
  readonly protocol?: string
  readonly cipher?: { readonly name: string; readonly standardName: string; readonly version: string }
  /** The broker's certificate, as everybody who connects is shown it: DER in base64. */
  readonly certificate?: string
}

/** The broker's end of one connection, as a face gives it. All calls are allowed at any time; what comes late has no effect. */
export interface Line {
  /** The connection stands: the client hears of it in a later turn. The TLS facts are those recorded. */
  up(tls?: TlsFacts): void
  /** Bytes for the client, whose they are from now on. What is sent in one call the client reads in one turn. */
  send(bytes: Uint8Array): void
  /** The broker ends its side, after all that was sent. */
  end(): void
  /**
   * The connection breaks, or was never made where `up` was not called. `failure` is the system's code, such as
   * `ECONNRESET`, or the text that a recording face gave (opaque to protocols; it holds message, address and so on).
   */
  reset(failure: string): void
  /**
   * Whether the client has taken all that was sent. Ends and resets wait for it: given in the same turn they destroy what
   * lies in the client's buffer.
   */
  readonly drained: boolean
}

/** The broker's side of one connection, played. Made by {@link ProtocolPlayer.dial}; it throws nothing at the face. */
export interface Conversation {
  /** Bytes of the client in any split, borrowed until the call returns. */
  fromClient(bytes: Uint8Array): void
  /** The client has ended its side, after all its bytes. */
  clientEnd(): void
  /** The client has destroyed the connection, or the face has no more use for it. */
  detach(): void
}

/** One side of the broker, recorded: a face tells what goes over one connection, in the order in which it saw it. */
export interface ConnectionRecorder {
  /**
   * Bytes of the client, before they go out; borrowed.
   *
   * @param isReading the client says them in the turn in which it reads what the broker said: no code of the program, which
   *   waits for promises, was asked in between; default false
   * @throws whatever for bytes that are not understood: the face tells this connection no more, lets the bytes pass, and the
   *   recording ends as one that is not complete
   */
  fromClient(bytes: Uint8Array, isReading?: boolean): void
  /** Bytes of the broker, before the client sees them; one call for each read of the socket. @throws as `fromClient` */
  fromBroker(bytes: Uint8Array): void
  clientEnd(): void
  brokerEnd(): void
  /**
   * The connection is gone, told once; `failure` where the world broke it (the text that {@link Line.reset} takes). Calls still
   * without an answer are entries from here on.
   */
  closed(failure: string | undefined): void
}

/** An entry of the socket: one event, without the fields that the recording itself fills in. */
export interface SocketEntry extends Pick<EntryFields, 'op' | 'key' | 'req' | 'resp' | 'err'> {
  /**
   * Whether it came in the same read of the socket as the entry before it: written as `latency_ticks` 0, and given in the
   * same turn in replay. All other entries have at least 1.
   */
  readonly sameTurn?: boolean
}

/**
 * Takes secrets out of what a conversation carries, the same way while it is recorded and in what a replay compares. What has
 * none comes back as the same object.
 */
export interface ContentRedactor {
  /** A quick look at bytes that names and values stand in: false where none of them is left out. */
  mayHold(bytes: Uint8Array): boolean
  payload(bytes: Uint8Array): Uint8Array
  /** A record's key. */
  key(key: Uint8Array): Uint8Array
  text(text: string): string
  /**
   * What stands for the value of a header or property of this name; undefined where it is not the name of a secret. A function
   * gives the value where it is asked for.
   */
  named(name: string, value: string | Uint8Array | (() => string | Uint8Array)): string | undefined
}

/** Where a protocol's recorder writes; one for all connections and protocols of a cassette, so that file order is one order. */
export interface SocketSink {
  /** Takes an entry; its bytes are borrowed, and may be others after the call. */
  append(entry: SocketEntry): void
  /** Absent where nothing is to be left out. */
  readonly redactor?: ContentRedactor
}

/** Records all connections of one protocol. */
export interface ProtocolRecorder {
  /** A connection that stands and whose first bytes were recognised; they are told again through `fromClient`. */
  connection(endpoint: Endpoint, tls?: TlsFacts): ConnectionRecorder
  /** A connection to a broker that was not made; `failure` is empty where the client gave up before there was an answer. */
  dialFailed(endpoint: Endpoint, failure: string): void
  /** What the seal says of clients, brokers and negotiated versions; nothing secret. Canonical JSON values. */
  summary(): Readonly<Record<string, string | number | boolean | readonly string[]>>
}

/**
 * Time and turns for a player. The face gives it, so that virtual time holds for the player's own timers too; nothing of it
 * is reached by a test's fake timers.
 */
export interface PlayScheduler {
  /** Monotonic milliseconds. */
  now(): number
  /** Runs in a turn of its own, after what is due now. */
  turn(run: () => void): void
  /** Runs once after `ms`, and does not keep the process alive; the result cancels it. */
  after(ms: number, run: () => void): () => void
  /**
   * Where time is virtual: how long an event of the broker has to wait, in milliseconds, so that the program's timers which
   * were due before it come before it; 0 from when it may be given. Asked of one event after the other, from when its
   * causes have happened. Each player has a scheduler of its own. Absent where pauses are not waited for.
   */
  untilDue?(time: RecordedTime): number
}

/** What a player of a protocol is made from. */
export interface PlayContext {
  /** The whole cassette; a player takes what bears its ops, and looks at nothing else. */
  readonly reader: CassetteReader
  readonly scheduler: PlayScheduler
  /** Told at the moment at which a divergence is found, with the sentence that says it: the protocol knows its commands. */
  readonly diverged: (divergence: Divergence, text: string) => void
  readonly rules?: readonly MatchRule[]
  /** That of the recording: what the program does is compared in its redacted form. */
  readonly redactor?: ContentRedactor
}

/**
 * A departure from the default comparison, for the entries whose key begins with `key` (all where it is absent); in code, or in
 * a contract `arch/vcr/NAME.match.json`. Of several rules for one entry the first that names an order decides it; what they
 * ignore adds up.
 *
 * - `ignore`: paths on the decoded message are not compared: `properties/headers/x-request-id` or `headers/x-request-id`,
 *   `body/sentAt` or `value/sentAt`;
 * - `order`: how acts are put beside what was recorded; `act`: of which acts, all where it is absent;
 * - `bag`: publishes in any order, the short form of `{ act: 'publish', order: 'bag' }`.
 */
export interface MatchRule {
  readonly key?: string
  readonly ignore?: readonly string[]
  readonly bag?: boolean
  readonly act?: 'publish' | 'settle' | 'call'
  readonly order?: LaneOrder
}

/** The names of the engine's rules for a lane. */
export type LaneOrder = 'ordered' | 'nearby' | 'bag' | 'last' | 'repeat' | 'optional'

/** The order that rules give an act of this key; undefined where none does. */
export function laneOrder(
  rules: readonly MatchRule[],
  key: string,
  act: NonNullable<MatchRule['act']>,
): LaneOrder | undefined {
  for (const rule of rules) {
    if (!key.startsWith(rule.key ?? '')) continue
    if (rule.bag === true && act === 'publish') return 'bag'
    if (rule.order !== undefined && (rule.act ?? act) === act) return rule.order
  }
  return undefined
}

/** An event of the program that the broker's next event waits for. */
export interface Awaited {
  readonly entry: number
  readonly op: string
  readonly key: string
  /** The event in words: `basic.publish to orders`. */
  readonly text: string
  /** When it happened in the recording; absent where the tape tells no times. */
  readonly time?: RecordedTime
}

/** A divergence with the sentence that says it. */
export type ToldDivergence = Divergence & { readonly text: string }

/** What a player found, at the end. */
export interface PlayReport {
  /** All that was told, put right where more is known at the end: one act too many is not a change of all that follow. */
  readonly divergences: readonly ToldDivergence[]
  /** All of them, those beyond the first few included. */
  readonly divergenceCount: number
  /** How often which law was relaxed, and what was ignored or bound, by name. Only what occurred. */
  readonly relaxed: Readonly<Record<string, number>>
  /** Entries played. */
  readonly used: number
}

/** Plays all connections of one protocol. */
export interface ProtocolPlayer {
  /** Whether the recording dialled this endpoint, or one that may stand for it (the same port on another host). */
  knows(endpoint: Endpoint): boolean
  /** Whether it has one more connection to this endpoint, or to one that may stand for it, than were dialled. */
  expects(endpoint: Endpoint): boolean
  /**
   * A client dials. The player decides when it is `up` or `reset`.
   *
   * Where the endpoint is known to no player the face waits for the first bytes (it gave `up` itself, and the line's is
   * without effect), asks {@link Protocol.recognise}, and tells the bytes through `fromClient`.
   */
  dial(endpoint: Endpoint, line: Line): Conversation
  /** Whether something is due that was not yet given: time may not jump then. */
  readonly busy: boolean
  /** Whether all that the broker's next event waits for is its time, see {@link PlayScheduler.untilDue}. */
  readonly isHeld: boolean
  /**
   * Grows with what was played. Given by protocols whose clients ask all the time, so that a program that only asks counts as
   * one that waits; where it is absent every byte is a movement.
   */
  readonly progress?: number
  /**
   * How long its clients may do nothing now, whatever the recording says, in milliseconds: 0 while one waits for the broker.
   * Absent where clients pause for nobody but their program.
   */
  readonly clientPauseMs?: number
  /** Whether all of the recording before this entry has happened, as far as it is this player's. */
  hasReached(entry: number): boolean
  /** Entries played so far. */
  readonly used: number
  /** For what the broker's next event waits; empty where the recording is at its end. */
  waitingFor(): readonly Awaited[]
  /** When the entry that was looked at last happened in the recording, in milliseconds since that began. */
  readonly lookedAtMs: number
  /** Ends: what was never used is a divergence of kind `unused`, unless the program's own recorded death explains it. */
  close(): PlayReport
}

/**
 * One connection of a client in another process, which dials this machine instead of a broker: what has to be said otherwise
 * for that. Bytes come in any split; what is given back is for the same direction, whole commands of it.
 */
export interface LoopbackConnection {
  /** Bytes of the client, which go on as they are. */
  fromClient(bytes: Uint8Array): void
  /** Bytes of a broker as they are recorded and go on: held to what every client of the cassette can say again. */
  toRecord(bytes: Uint8Array): Uint8Array
  /** Bytes of a broker, or of a player, as the client gets them: addresses replaced by those of this machine. */
  toClient(bytes: Uint8Array): Uint8Array
}

/** One wire protocol: how it is known, recorded and played. */
export interface Protocol {
  readonly name: string
  /** Prefix of its ops, `std.msg.amqp.`. */
  readonly ops: string
  /**
   * Whether these first bytes of a client are of this protocol. `more` where too few are there to tell; never `more` from 16
   * bytes on.
   */
  recognise(first: Uint8Array): 'yes' | 'no' | 'more'
  recorder(sink: SocketSink): ProtocolRecorder
  player(context: PlayContext): ProtocolPlayer
  /**
   * For protocols whose brokers say where to dial. Absent where bytes can go through as they are.
   *
   * @param addressOf where a client has to dial for the broker of this address
   */
  loopback?(addressOf: (broker: BrokerAddress) => BrokerAddress): LoopbackConnection
}

/** Where a broker says that it, or another of its cluster, is. */
export interface BrokerAddress {
  readonly host: string
  readonly port: number
}
