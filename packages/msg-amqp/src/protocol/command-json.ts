import type { Json } from '@x07-lab/msg-core'
import { textOf, type Text } from './bytes.ts'
import type { Command } from './commands.ts'
import { tableToJson, textJson } from './field-json.ts'
import type { FieldTable } from './field-table.ts'
import type { Method } from './methods.ts'
import type { Properties } from './properties.ts'

/** Arguments that hold a password or a token: their content is never shown. */
const secretArguments: ReadonlySet<string> = new Set([
  'connection.start-ok response',
  'connection.secure-ok response',
  'connection.update-secret newSecret',
])

/**
 * A command as JSON, to compare or to show:
 *
 *     {"channel": 1, "method": "basic.publish", "args": {…}, "properties": {…}, "body": …}
 *
 * 64 bit values are decimal text, texts that are not UTF-8 and bodies that are not are {"b64": …}, tables are lists of
 * [name, value] as in field-json.ts. Secrets of the handshake are left out.
 */
export function commandJson(command: Command): Json {
  switch (command.type) {
    case 'heartbeat':
      return { heartbeat: true }
    case 'protocol-header':
      return { protocolHeader: textJson(command.payload) }
    case 'method': {
      const { channel, method, content } = command
      const said = { channel, method: method.name, args: argumentsJson(method) }
      if (content === undefined) return said
      const body = content.body.length === 1 ? content.body[0]! : Buffer.concat(content.body)
      return { ...said, properties: propertiesJson(content.properties), body: textJson(textOf(body)) }
    }
  }
}

function argumentsJson(method: Method): Json {
  const out: Record<string, Json> = {}
  for (const [name, value] of Object.entries(method.args) as [string, ArgumentValue][]) {
    out[name] = secretArguments.has(`${method.name} ${name}`) ? '(secret)' : valueJson(value)
  }
  return out
}

/** Properties as JSON, by their names in {@link Properties}; one that is missing is missing. */
export function propertiesJson(properties: Properties): Json {
  const out: Record<string, Json> = {}
  for (const [name, value] of Object.entries(properties) as [string, ArgumentValue][]) out[name] = valueJson(value)
  return out
}

type ArgumentValue = boolean | number | bigint | Text | FieldTable

function valueJson(value: ArgumentValue): Json {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string' || value instanceof Uint8Array) return textJson(value)
  if (typeof value === 'object') return tableToJson(value)
  return value
}
