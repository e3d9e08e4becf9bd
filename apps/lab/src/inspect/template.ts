import { UserError } from '../user-error.ts'
import type { EntryView } from './entry-view.ts'
import { keyText } from './readings/reading.ts'
import { bodyText } from './render.ts'

const fields: Readonly<Record<string, (view: EntryView) => string>> = {
  entry: ({ entry }) => String(entry),
  kind: ({ kind }) => kind,
  op: ({ raw }) => Buffer.from(raw.op).toString(),
  lane: ({ lane }) => lane,
  topic: ({ message }) => message?.topic ?? '',
  key: ({ message }) => (message === undefined ? '' : keyText(message.key)),
  value: ({ message }) => (message === undefined ? '' : bodyText(message)),
  says: ({ said }) => said?.line ?? '',
  size: ({ message, raw }) => String(message?.value?.length ?? raw.req.length + raw.resp.length),
  outcome: ({ outcome }) => outcome,
  reason: ({ reason }) => reason ?? '',
  ticks: ({ ticks }) => String(ticks),
  begin: ({ begin }) => String(begin ?? ''),
  headers: ({ message }) => JSON.stringify(message?.headers ?? []),
  properties: ({ message }) => JSON.stringify(message?.properties ?? {}),
  metadata: ({ metadata }) => JSON.stringify(metadata),
}

const theFields = `the fields are ${Object.keys(fields).join(', ')}`

/**
 * A template for scripts: `{entry} {key} {value}`, with `\t` and `\n` for tab and newline, `{{` for a brace.
 *
 * @throws UserError for a field that does not exist, and for a template without a field
 */
export function parseTemplate(template: string): (view: EntryView) => string {
  const parts: ((view: EntryView) => string)[] = []
  const plain = template.replaceAll(String.raw`\t`, '\t').replaceAll(String.raw`\n`, '\n')
  // JSON has quotes in its braces, and stands for itself.
  const pieces = [...plain.matchAll(/(\{\{)|\{([^{}"]*)\}|([^{]+|\{)/g)]
  for (const [, brace, name, other] of pieces) {
    if (brace !== undefined) parts.push(() => '{')
    else if (name !== undefined) parts.push(field(name))
    else parts.push(() => other ?? '')
  }
  if (!pieces.some(([, , name]) => name !== undefined)) {
    throw new UserError(
      `--format ${JSON.stringify(template)}: give a template with a field, such as '{entry} {key} {value}'; ${theFields}`,
    )
  }
  return (view) => parts.map((part) => part(view)).join('')
}

function field(name: string): (view: EntryView) => string {
  const read = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (read !== undefined) return read
  throw new UserError(`--format: {${name}} is not a field; ${theFields}`)
}
