import type { Cluster } from 'kafkajs'
import { decodeBody, encodeBody, type FieldValue, type Fields } from '../../protocol/index.ts'

/** Metadata, in the first version whose answer can be asked for by name and has the ids of topics. */
const metadata = { apiKey: 3, apiVersion: 12, apiName: 'Metadata' } as const

interface Broker {
  readonly versions: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null
  readonly connectionPool: { send(request: object): Promise<unknown> }
}

interface WithBrokers {
  findControllerBroker(): Promise<Broker>
}

/**
 * The id of each topic that is there, by its name on the broker: a topic that is deleted and made anew has another. kafkajs
 * knows requests from before topics had ids, so the request is ours and goes over its connection.
 *
 * @returns undefined for a broker that does not tell
 */
export async function topicIdsOf(
  cluster: Cluster,
  topics: readonly string[],
): Promise<ReadonlyMap<string, string> | undefined> {
  const broker = await (cluster as unknown as WithBrokers).findControllerBroker()
  if ((broker.versions?.[metadata.apiKey]?.maxVersion ?? 0) < metadata.apiVersion) return undefined
  const body = encodeBody(metadata.apiKey, metadata.apiVersion, 'request', {
    topics: topics.map((name) => ({ topicId: noId, name })),
    allowAutoTopicCreation: false,
    includeTopicAuthorizedOperations: false,
  })
  const answer = await broker.connectionPool.send({
    request: {
      ...metadata,
      // kafkajs writes a header without tagged fields: their count, 0, comes before the body.
      encode: () => Promise.resolve(encoded(Buffer.concat([Buffer.alloc(1), body]))),
    },
    response: {
      decode: (raw: Buffer) =>
        Promise.resolve(decodeBody(metadata.apiKey, metadata.apiVersion, 'response', raw.subarray(1))),
      parse: (fields: unknown) => Promise.resolve(fields),
    },
  })
  return idsIn(answer as Fields)
}

/** What kafkajs takes for an encoder of its own. */
function encoded(bytes: Buffer): { readonly buf: Buffer; readonly buffer: Buffer } {
  return { buf: bytes, buffer: bytes }
}

const noId = '00000000-0000-0000-0000-000000000000'

function idsIn({ topics }: Fields): ReadonlyMap<string, string> {
  const ids = new Map<string, string>()
  for (const topic of Array.isArray(topics) ? topics : []) {
    const { name, topicId, errorCode } = topic as Readonly<Record<string, FieldValue>>
    if (errorCode === 0 && typeof name === 'string' && typeof topicId === 'string') ids.set(name, topicId)
  }
  return ids
}
