import type { ConnectionRecorder, Endpoint, ProtocolRecorder, SocketSink, TlsFacts } from '@x07-lab/msg-core/driver'
import { canonicalJsonBytes } from '@x07-lab/msg-core/json'
import { methodId, readMethod, type FieldTable, type MethodName } from '../protocol/index.ts'
import { laneKey, ops } from './ops.ts'
import { commandCutter } from './command-cutter.ts'
import { hasOwnText, leavesOutProperty, redactCommand } from './redact-command.ts'
import { decodeStored, encodeStored, storedId, type StoredCommand } from './stored.ts'

const nothing = Buffer.alloc(0)

/** Of these only class and method are written: they hold passwords, tokens, and the version of the client's runtime. */
const secret: ReadonlySet<number> = new Set(
  (['connection.start-ok', 'connection.secure-ok', 'connection.update-secret'] satisfies MethodName[]).map(methodId),
)
const start = methodId('connection.start')
const startOk = methodId('connection.start-ok')

/** Records the AMQP connections of a program: one entry for each command, in the order in which the program saw them. */
export function amqpRecorder(sink: SocketSink): ProtocolRecorder {
  let connections = 0
  const products = { client: new Set<string>(), broker: new Set<string>() }

  const dial = ({ host, port, tls, nth }: Endpoint): number => {
    const key = laneKey(++connections)
    const req = canonicalJsonBytes({ host, port, tls, ...(nth === undefined ? {} : { nth }) })
    sink.append({ op: ops.dial, key, req, resp: nothing })
    return connections
  }

  const { redactor } = sink
  const looksAtAll = redactor !== undefined && leavesOutProperty(redactor)
  /** Most commands hold nothing that could be left out, and are not taken apart to see it. */
  const redacted = (stored: Buffer): Buffer => {
    if (redactor === undefined || !hasOwnText(storedId(stored))) return stored
    if (!looksAtAll && !redactor.mayHold(stored)) return stored
    return encodeStored(redactCommand(decodeStored(stored), redactor))
  }

  return {
    dialFailed(endpoint, failure) {
      const key = laneKey(dial(endpoint))
      sink.append({ op: ops.end, key, req: nothing, resp: Buffer.from(failure), err: 1 })
    },

    connection(endpoint, tls): ConnectionRecorder {
      const connection = dial(endpoint)
      const key = laneKey(connection)
      sink.append({ op: ops.up, key, req: nothing, resp: tlsBytes(tls) })
      const keys: string[] = []
      const keyOf = (channel: number): string => (keys[channel] ??= laneKey(connection, channel))
      const fromClient = commandCutter((channel, stored) => {
        const id = storedId(stored)
        // The client's own protocol header says nothing that the dial does not.
        if (id === 0) return
        if (id === startOk) note(products.client, decodeStored(stored), 'clientProperties')
        const req = secret.has(id) ? idOnly(stored) : redacted(stored)
        sink.append({ op: ops.client, key: keyOf(channel), req, resp: nothing })
      })
      let sameTurn = false
      const fromBroker = commandCutter((channel, stored) => {
        if (storedId(stored) === start) note(products.broker, decodeStored(stored), 'serverProperties')
        const resp = redacted(stored)
        sink.append({ op: ops.server, key: keyOf(channel), req: nothing, resp, sameTurn })
        sameTurn = true
      })
      return {
        fromClient,
        fromBroker(bytes) {
          sameTurn = false
          fromBroker(bytes)
        },
        clientEnd: () => undefined,
        brokerEnd() {
          sink.append({ op: ops.end, key, req: nothing, resp: nothing, err: 0 })
        },
        closed(failure) {
          if (failure === undefined) return
          sink.append({ op: ops.end, key, req: nothing, resp: Buffer.from(failure), err: 1 })
        },
      }
    },

    summary: () => ({ amqp_broker: [...products.broker].toSorted(), amqp_client: [...products.client].toSorted() }),
  }
}

function tlsBytes(tls: TlsFacts | undefined): Uint8Array {
  return tls === undefined ? nothing : canonicalJsonBytes({ ...tls })
}

function idOnly(stored: Buffer): Buffer {
  return encodeStored({ method: decodeStored(stored).method.subarray(0, 4), header: nothing, body: nothing })
}

/** Product and version of a peer; its other properties may hold anything. */
function note(into: Set<string>, { method }: StoredCommand, table: 'clientProperties' | 'serverProperties'): void {
  const args = readMethod(method).args as unknown as Readonly<Record<string, FieldTable>>
  const text = (name: string): string | undefined => {
    const found = args[table]?.find(([field]) => String(field) === name)?.[1] as { value?: unknown } | undefined
    return typeof found?.value === 'string' ? found.value : undefined
  }
  const [product, version] = [text('product'), text('version')]
  if (product !== undefined) into.add(version === undefined ? product : `${product} ${version}`)
}
