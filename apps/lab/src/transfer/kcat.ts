import type { Header, Metadata } from '@x07-lab/msg-core'
import { utf8 } from '../inspect/readings/reading.ts'
import { FormError, lineText, parseObject, textField, type Carried, type Lose, type LineForm } from './form.ts'

/**
 * What `kcat -C -J` writes: one JSON object a line, headers as one flat list of names and values. Bytes that are not UTF-8 cannot
 * stand in it, nor can a header value be null.
 */
export const kcat: LineForm = {
  wire: 'kafka',
  *write(messages, lose) {
    for (const carried of messages) {
      const { message, metadata } = carried
      tellProperties(carried, lose)
      yield JSON.stringify({
        topic: message.topic,
        partition: numberOf(metadata['partition']) ?? -1,
        offset: numberOf(metadata['offset']) ?? -1,
        ...(numberOf(metadata['timestamp']) === undefined
          ? { tstype: 'unknown', ts: 0 }
          : { tstype: 'create', ts: numberOf(metadata['timestamp']) }),
        broker: -1,
        ...(message.headers.length === 0 ? {} : { headers: flatHeaders(carried, lose) }),
        key: asText(message.key, carried, 'its key', lose),
        payload: asText(message.value, carried, 'its value', lose),
      })
    }
  },
  read(line, number): Carried | undefined {
    const where = `line ${number}`
    const text = lineText(line, where, 'kcat -J writes the bytes of such a message as they are, which is not JSON')
    if (text.trim() === '') return undefined
    const object = parseObject(text, where, 'a line of kcat -C -J')
    const { key = null, payload = null, headers = [], partition, offset, ts, tstype } = object
    return {
      where,
      message: {
        topic: textField(object, 'topic', where),
        key: optionalText(key, 'key', where),
        value: optionalText(payload, 'payload', where),
        headers: pairHeaders(headers, where),
      },
      metadata: known({
        offset: exact(offset, 'offset', where),
        partition: partitionOf(partition),
        timestamp: tstype === 'unknown' ? undefined : exact(ts, 'ts', where),
      }),
    }
  },
}

/** @throws FormError for a number that JSON's readers round */
function exact(value: unknown, name: string, where: string): string | undefined {
  if (typeof value === 'number' && Number.isInteger(value) && !Number.isSafeInteger(value))
    throw new FormError(`${where}: "${name}" is ${value}, and beyond 9007199254740991 JSON keeps no number exactly`)
  return decimal(value)
}

/** Key, tab, value, a line each: what `kcat -P -Z -K '\t'` reads. An empty text is a null there. */
export const kcatLines: LineForm = {
  wire: 'kafka',
  exact: true,
  *write(messages, lose) {
    for (const carried of messages) {
      const { message, where } = carried
      tellProperties(carried, lose)
      if (message.headers.length > 0) lose(where, 'its headers')
      const key = fieldText(message.key, carried, 'its key', lose)
      const value = fieldText(message.value, carried, 'its value', lose)
      if (key !== undefined && value !== undefined) yield `${key}\t${value}`
    }
  },
}

/** Undefined where the text would be read as another message. */
function fieldText(bytes: Uint8Array | null, { where }: Carried, what: string, lose: Lose): string | undefined {
  if (bytes === null) return ''
  const text = utf8(bytes)
  if (text === undefined || /[\t\n]/.test(text)) {
    lose(where, `the message: ${what} ${text === undefined ? 'is not UTF-8' : 'holds a tab or a line end'}`)
    return undefined
  }
  if (text === '') lose(where, `${what} is empty, and will be null`)
  return text
}

function tellProperties({ message, where }: Carried, lose: Lose): void {
  const properties = Object.keys(message.properties ?? {})
  if (properties.length > 0) lose(where, `its properties ${properties.join(', ')}`)
}

function flatHeaders(carried: Carried, lose: Lose): string[] {
  return carried.message.headers.flatMap(([name, value]) => {
    if (value === null) {
      lose(carried.where, `header ${name}, which is null`)
      return []
    }
    if (typeof value === 'string') return [name, value]
    if (value instanceof Uint8Array) return [name, asText(value, carried, `header ${name}`, lose) ?? '']
    lose(carried.where, `the type of header ${name}`)
    return [name, typeof value.value === 'string' ? value.value : JSON.stringify(value.value)]
  })
}

function asText(bytes: Uint8Array | null, { where }: Carried, what: string, lose: Lose): string | null {
  if (bytes === null) return null
  const text = utf8(bytes)
  if (text === undefined) lose(where, `${what}, which is not UTF-8`)
  return text ?? Buffer.from(bytes).toString()
}

function pairHeaders(headers: unknown, where: string): Header[] {
  if (!Array.isArray(headers) || headers.length % 2 !== 0) {
    throw new FormError(`${where}: "headers" must be a list of names and values in turn`)
  }
  const pairs: Header[] = []
  for (let at = 0; at < headers.length; at += 2) {
    const [name, value] = [headers[at] as unknown, headers[at + 1] as unknown]
    if (typeof name !== 'string' || (value !== null && typeof value !== 'string')) {
      throw new FormError(`${where}: "headers" must be a list of names and values in turn, each of them text`)
    }
    pairs.push([name, value])
  }
  return pairs
}

/** Negative where it is not known. */
export function partitionOf(value: unknown): number | undefined {
  const partition = numberOf(value)
  return partition === undefined || partition < 0 ? undefined : partition
}

function optionalText(value: unknown, name: string, where: string): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value)
  throw new FormError(`${where}: "${name}" must be text or null`)
}

/** A number that a person's tool wrote, or decimal text of ours. */
export function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** 64-bit numbers are decimal text in metadata. */
export function decimal(value: unknown): string | undefined {
  const number = numberOf(value)
  return number === undefined || number < 0 ? undefined : String(number)
}

/** Metadata without what is not known, its names in order. */
export function known(values: Readonly<Record<string, string | number | boolean | undefined>>): Metadata {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Metadata
}
