import type { Header } from '@x07-lab/msg-core'
import { known, decimal, numberOf } from './kcat.ts'
import { FormError, type Carried, type LineForm } from './form.ts'

/**
 * What `kafka-console-consumer` prints with `--property print.timestamp=true print.partition=true print.offset=true
 * print.delivery=true print.epoch=true print.headers=true print.key=true`: fields between tabs, in this order, whichever were asked for; the key is there where two fields
 * are left. A null prints as `null`, which cannot be told from the text; a value without a byte as a line without one. The topic
 * is not printed.
 */
export const consoleConsumer: LineForm = {
  wire: 'kafka',
  read(line, number, topic): Carried {
    const where = `line ${number}`
    if (topic === undefined)
      throw new FormError(`${where}: the console consumer does not print the topic; give it with --topic`)
    const fields = Buffer.from(line).toString('latin1').split('\t')
    const timestamp = take(fields, /^(?:CreateTime|LogAppendTime):(-?\d+)$/) ?? take(fields, /^NO_TIMESTAMP$/)
    const partition = take(fields, /^Partition:(\d+)$/)
    const offset = take(fields, /^Offset:(\d+)$/)
    take(fields, /^Delivery:(?:\d+|NOT_PRESENT)$/)
    take(fields, /^Epoch:(?:\d+|NOT_PRESENT)$/)
    const headers = fields.length > 1 && isHeaders(fields[0] ?? '') ? readHeaders(fields.shift() ?? '') : []
    const key = fields.length > 1 ? (fields.shift() ?? '') : 'null'
    return {
      where,
      message: { topic, key: bytesOf(key), value: bytesOf(fields.join('\t')), headers },
      metadata: known({ offset: decimal(offset), partition: numberOf(partition), timestamp: decimal(timestamp) }),
    }
  },
}

function take(fields: string[], pattern: RegExp): string | undefined {
  const found = fields.length > 1 ? pattern.exec(fields[0] ?? '') : null
  if (found === null) return undefined
  fields.shift()
  return found[1] ?? ''
}

const headersForm = /^(?:[^:,]+:[^,]*)(?:,[^:,]+:[^,]*)*$/

function isHeaders(field: string): boolean {
  return field === 'NO_HEADERS' || headersForm.test(field)
}

function readHeaders(field: string): Header[] {
  if (field === 'NO_HEADERS') return []
  return field.split(',').map((pair) => {
    const at = pair.indexOf(':')
    const value = pair.slice(at + 1)
    return [latin1(pair.slice(0, at)), value === 'null' ? null : latin1(value)] as const
  })
}

function latin1(text: string): string {
  return Buffer.from(text, 'latin1').toString()
}

function bytesOf(text: string): Uint8Array | null {
  return text === 'null' ? null : Buffer.from(text, 'latin1')
}
