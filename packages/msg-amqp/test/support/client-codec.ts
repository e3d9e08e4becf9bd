import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Options } from 'amqplib'

const require = createRequire(import.meta.url)
const folder = dirname(require.resolve('amqplib'))

/** The version of the client library that is installed. */
export function installedClientVersion(): string {
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  return version
}

interface Definitions {
  readonly BasicProperties: number
  readonly encodeProperties: (id: number, channel: number, bodySize: number, fields: object) => Buffer
}

/** The property flags and list that amqplib puts on the wire for these options: its own encoder, without a broker. */
export function encodeWithClient(options: Options.Publish): Buffer {
  const { BasicProperties, encodeProperties } = require(join(folder, 'lib', 'defs.js')) as Definitions
  const frame = encodeProperties(BasicProperties, 1, 0, options)
  // 7 bytes of frame header, class, weight and body size before it, the frame end after it.
  return frame.subarray(7 + 12, -1)
}
