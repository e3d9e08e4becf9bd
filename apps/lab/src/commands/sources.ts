import type { Readable } from 'node:stream'
import { labTopic, readTopicLimit } from '../contracts.ts'
import type { EventSource } from '../events/event.ts'
import { ndjsonEvents } from '../events/ndjson.ts'
import { openInput } from '../events/open-input.ts'
import { seededEvents } from '../events/seeded.ts'
import type { Shard } from '../shards/shard.ts'
import { maxMessages, type InputRequest } from './request.ts'

/** The events that a request asks for. */
export async function openSource(
  root: string,
  input: InputRequest,
  stdin: () => Readable,
  shard?: Shard,
): Promise<EventSource> {
  if (input.kind === 'seed') {
    return seededEvents({ topic: labTopic, messages: input.messages, seed: input.seed, shard })
  }
  const { name, chunks } = openInput(input, stdin)
  return ndjsonEvents({
    topic: labTopic,
    name,
    chunks,
    keyPointer: input.keyPointer,
    maxValueBytes: await readTopicLimit(root, labTopic),
    maxMessages,
  })
}
