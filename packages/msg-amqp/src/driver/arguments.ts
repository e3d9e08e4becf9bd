import { DriverError, type Json } from '@x07-lab/msg-core'
import { amqpArgumentForms } from '@x07-lab/msg-core/format'
import { fieldFromJson, type FieldValue } from '../protocol/index.ts'
import type { AmqpArguments } from './config/topology.ts'
import type { Names } from './names.ts'

/** Types as amqplib calls them, by type tag; of the others it makes the right one by itself. */
const clientTypes: Partial<Record<FieldValue['tag'], string>> = {
  b: 'int8',
  B: 'uint8',
  s: 'int16',
  u: 'uint16',
  I: 'int32',
  i: 'uint32',
  l: 'int64',
  T: 'timestamp',
  f: 'float',
  d: 'double',
}

/**
 * The arguments of a declaration, a binding or a consumer as amqplib takes them. Those that name an exchange or a queue of the
 * topology name it as the broker knows it.
 *
 * @param where for messages: `arguments of queue orders`
 * @throws DriverError `invalid_config` for a value that is no type of AMQP, or one that amqplib cannot send
 */
export function clientArguments(
  where: string,
  given: AmqpArguments = {},
  names: Names,
): Readonly<Record<string, unknown>> {
  const out: Record<string, unknown> = Object.create(null)
  for (const [name, value] of Object.entries(given)) {
    if (typeof value === 'string') out[name] = physicalName(name, value, given, names)
    else if (typeof value === 'number' || typeof value === 'boolean') out[name] = value
    else out[name] = clientValue(`${where}: ${name}`, value)
  }
  return out
}

function physicalName(name: string, value: string, given: AmqpArguments, names: Names): string {
  if (name === 'x-dead-letter-exchange' || name === 'alternate-exchange') return names.physicalExchange(value)
  // Through the default exchange a dead letter goes to the queue of its routing key.
  if (name === 'x-dead-letter-routing-key' && given['x-dead-letter-exchange'] === '') return names.physicalQueue(value)
  return value
}

function clientValue(what: string, json: Json): unknown {
  const typed = clientTyped(json)
  if (typed !== undefined) return typed
  throw new DriverError('invalid_config', `${what} is not an argument of AMQP, expected ${amqpArgumentForms}`)
}

/** Null stands for void; undefined for what amqplib cannot send. */
function clientTyped(json: Json): unknown {
  const field = fieldFromJson(json)
  if (field === undefined) return undefined
  if (field.tag === 'V') return null
  const type = clientTypes[field.tag]
  if (type !== undefined && 'value' in field) return { '!': type, value: field.value }
  if (field.tag === 't' && typeof field.value === 'boolean') return field.value
  if (field.tag === 'D') return { '!': 'decimal', value: { places: field.places, digits: field.digits } }
  return field.tag === 'x' ? Buffer.from(field.value) : undefined
}
