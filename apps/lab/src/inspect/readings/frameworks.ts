import type { Json, Message } from '@x07-lab/msg-core'
import { headerText, json, jsonObject, pick, type Reading } from './reading.ts'

/** Celery, protocol 2: the task in the headers, `[args, kwargs, embed]` in the body; protocol 1 has all in the body. */
export function celery({ headers, value }: Message): Reading | undefined {
  const task = headerText(headers, 'task')
  const id = headerText(headers, 'id')
  if (task !== undefined && id !== undefined && headers.some(([name]) => name === 'argsrepr' || name === 'root_id')) {
    const body = json(value)
    const [args, kwargs] = Array.isArray(body) ? (body as readonly Json[]) : []
    return {
      form: 'Celery task',
      fields: [
        ['task', task],
        ['id', id],
        ...(args === undefined ? text(headers, 'argsrepr') : [['args', args] as const]),
        ...(kwargs === undefined ? text(headers, 'kwargsrepr') : [['kwargs', kwargs] as const]),
        ...any(headers, 'retries'),
        ...any(headers, 'eta'),
        ...any(headers, 'expires'),
        ...text(headers, 'root_id'),
        ...text(headers, 'parent_id'),
        ...text(headers, 'origin'),
      ],
    }
  }
  const body = jsonObject(value)
  if (body === undefined || !has(body, ['task', 'id', 'args', 'kwargs'])) return undefined
  return { form: 'Celery task', fields: pick(body, ['task', 'id', 'args', 'kwargs', 'retries', 'eta', 'expires']) }
}

/** dramatiq: everything in the body. */
export function dramatiq({ value }: Message): Reading | undefined {
  const body = jsonObject(value)
  if (body === undefined || !has(body, ['queue_name', 'actor_name', 'args', 'message_id'])) return undefined
  return {
    form: 'dramatiq message',
    fields: pick(body, ['actor_name', 'queue_name', 'args', 'kwargs', 'options', 'message_id', 'message_timestamp']),
  }
}

/** NestJS microservices: `{ pattern, data, id? }`; an answer is `{ response, isDisposed?, id }`. */
export function nest({ headers, value }: Message): Reading | undefined {
  const body = jsonObject(value)
  if (body !== undefined && has(body, ['pattern', 'data'])) {
    return {
      form: body['id'] === undefined ? 'NestJS event' : 'NestJS request',
      fields: pick(body, ['pattern', 'id', 'data']),
    }
  }
  if (body !== undefined && has(body, ['response', 'isDisposed'])) {
    return { form: 'NestJS answer', fields: pick(body, ['id', 'response', 'err', 'isDisposed']) }
  }
  const correlation = headerText(headers, 'kafka_correlationId')
  if (correlation === undefined) return undefined
  const fields = ['kafka_correlationId', 'kafka_replyTopic', 'kafka_replyPartition', 'kafka_nest-is-disposed']
  return { form: 'NestJS request', fields: fields.flatMap((name) => text(headers, name)) }
}

/** Moleculer: JSON packets with the version of its protocol and their sender. */
export function moleculer({ value }: Message): Reading | undefined {
  const body = jsonObject(value)
  if (body === undefined || !has(body, ['ver', 'sender'])) return undefined
  return {
    form: 'Moleculer packet',
    fields: pick(body, [
      'ver',
      'sender',
      'id',
      'action',
      'event',
      'params',
      'data',
      'success',
      'error',
      'meta',
      'requestID',
      'level',
    ]),
  }
}

/** Kafka Connect's JsonConverter with schemas: `{ schema, payload }`. */
export function connect({ value }: Message): Reading | undefined {
  const body = jsonObject(value)
  if (body === undefined || !has(body, ['schema', 'payload']) || Object.keys(body).length !== 2) return undefined
  const schema = body['schema']
  const named =
    typeof schema === 'object' && schema !== null && !Array.isArray(schema)
      ? pick(schema as never, ['name', 'type'])
      : []
  return {
    form: 'Kafka Connect record',
    fields: [...named.map(([name, inner]) => [`schema ${name}`, inner] as const), ['payload', body['payload'] ?? null]],
  }
}

/**
 * CloudEvents 1.0. Structured: one JSON object with `specversion`; batched: a list of them. Binary: attributes in headers, `ce_` over
 * Kafka, `cloudEvents:` or `cloudEvents_` over AMQP.
 */
export function cloudEvents({ headers, value }: Message): Reading | undefined {
  const attributes = headers.flatMap(([name]) => {
    const attribute = /^(?:ce_|ce-|cloudEvents[:_])(.+)$/.exec(name)?.[1]
    const held = headerText(headers, name)
    return attribute === undefined || held === undefined ? [] : [[attribute, held] as const]
  })
  if (attributes.some(([name]) => name === 'specversion'))
    return { form: 'CloudEvents, binary mode', fields: attributes }
  const body = jsonObject(value)
  if (body === undefined) return batchOf(json(value))
  if (!has(body, eventAttributes)) return undefined
  const first = ['specversion', 'type', 'source', 'id', 'time', 'subject', 'datacontenttype', 'dataschema']
  const others = Object.keys(body).filter((name) => !first.includes(name) && name !== 'data')
  return { form: 'CloudEvents, structured mode', fields: pick(body, [...first, ...others, 'data']) }
}

/** What every event has. */
const eventAttributes = ['specversion', 'id', 'source', 'type']

function batchOf(body: Json | undefined): Reading | undefined {
  if (!Array.isArray(body) || body.length === 0) return undefined
  const events = body as readonly Json[]
  const isEvent = (one: Json): boolean =>
    typeof one === 'object' && one !== null && !Array.isArray(one) && has(one as Record<string, Json>, eventAttributes)
  if (!events.every(isEvent)) return undefined
  return {
    form: `CloudEvents, batch of ${events.length}`,
    fields: events.map((event, at) => [`event ${at + 1}`, event]),
  }
}

function has(object: Readonly<Record<string, Json>>, names: readonly string[]): boolean {
  return names.every((name) => Object.hasOwn(object, name))
}

function text(headers: Message['headers'], name: string): (readonly [string, Json])[] {
  const value = headerText(headers, name)
  return value === undefined ? [] : [[name, value]]
}

/** Headers that are numbers as often as text. */
function any(headers: Message['headers'], name: string): (readonly [string, Json])[] {
  const value = headers.findLast(([header]) => header === name)?.[1]
  if (value === undefined || value === null) return []
  if (typeof value === 'string') return [[name, value]]
  return value instanceof Uint8Array ? text(headers, name) : [[name, value.value]]
}
