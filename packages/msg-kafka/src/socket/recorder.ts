import type { Endpoint, ProtocolRecorder, SocketSink, TlsFacts } from '@x07-lab/msg-core/driver'
import { canonicalJsonBytes } from '@x07-lab/msg-core/format'
import { FetchSessions } from './fetch.ts'
import { RecordedConnection } from './recorded-connection.ts'
import { ops } from './ops.ts'
import { TopicNames } from './topic-names.ts'

/** What all connections of one recording share. */
export interface Recording {
  readonly sink: SocketSink
  readonly names: TopicNames
  readonly fetches: FetchSessions
  /** The number of the next call. */
  nextOrdinal(): number
  /** Notes what the seal says of a request. */
  spoke(api: string, version: number): void
  noteClient(name: string): void
}

const none = new Uint8Array(0)

/** Records all Kafka connections of a program. */
export class KafkaRecorder implements ProtocolRecorder {
  readonly #sink: SocketSink
  readonly #recording: Recording
  readonly #versions = new Map<string, Set<number>>()
  readonly #clients = new Set<string>()
  #calls = 0
  #connections = 0

  constructor(sink: SocketSink) {
    this.#sink = sink
    this.#recording = {
      sink,
      names: new TopicNames(),
      fetches: new FetchSessions(),
      nextOrdinal: () => this.#calls++,
      spoke: (api, version) => {
        const versions = this.#versions.get(api)
        if (versions === undefined) this.#versions.set(api, new Set([version]))
        else versions.add(version)
      },
      noteClient: (name) => this.#clients.add(name),
    }
  }

  connection({ host, port }: Endpoint, tls?: TlsFacts): RecordedConnection {
    this.#connections++
    return new RecordedConnection(this.#recording, (failure) => {
      const isPlain = tls === undefined && failure === undefined
      const req = isPlain ? none : canonicalJsonBytes({ ...tls })
      const err = failure === undefined ? 0 : 1
      this.#sink.append({ op: ops.dial, key: `${host}:${port}`, req, resp: Buffer.from(failure ?? ''), err })
    })
  }

  dialFailed({ host, port }: Endpoint, failure: string): void {
    this.#sink.append({ op: ops.dial, key: `${host}:${port}`, req: none, resp: Buffer.from(failure), err: 1 })
  }

  summary(): Readonly<Record<string, string | number | boolean | readonly string[]>> {
    return {
      calls: this.#calls,
      clients: [...this.#clients].toSorted(),
      connections: this.#connections,
      versions: [...this.#versions]
        .map(([api, versions]) => `${api} ${[...versions].toSorted((a, b) => a - b).join(',')}`)
        .toSorted(),
    }
  }
}
