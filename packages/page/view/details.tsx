import { useEffect, useState } from 'preact/hooks'
import type { PageJson } from '../src/document.ts'
import type { Details, Recording } from './data.ts'
import { FieldDifferences, type Sides } from './divergences.tsx'
import { JsonTree } from './json-tree.tsx'
import { durationText, visible } from './words.ts'

/** Characters of a body shown at once; the rest comes when it is asked for. */
const shownCharacters = 20_000
const rowBytes = 16

/** One entry whole. */
export function DetailsPanel({
  recording,
  entry,
  sides,
  onSelect,
}: {
  readonly recording: Recording
  readonly entry: number | undefined
  readonly sides: Sides
  readonly onSelect: (entry: number) => void
}) {
  const [loaded, setLoaded] = useState<{ readonly of: Recording; readonly entry: number; readonly details: Details }>()
  useEffect(() => {
    if (entry === undefined) return
    let wanted = true
    void recording.details(entry).then((details) => {
      if (wanted) setLoaded({ of: recording, entry, details })
    })
    return () => {
      wanted = false
    }
  }, [recording, entry])
  return (
    <aside aria-label="Message" aria-live="polite" class="details" tabIndex={0}>
      {entry === undefined ? (
        <p>Select a message in the timeline or in the table.</p>
      ) : loaded?.of === recording && loaded.entry === entry ? (
        <Message recording={recording} entry={entry} sides={sides} details={loaded.details} onSelect={onSelect} />
      ) : (
        <p>Entry {entry} is being read…</p>
      )}
    </aside>
  )
}

function Message({
  recording,
  entry,
  sides,
  details,
  onSelect,
}: {
  readonly recording: Recording
  readonly entry: number
  readonly sides: Sides
  readonly details: Details
  readonly onSelect: (entry: number) => void
}) {
  const { op, lane, topic, key, headers, properties, metadata, reason, readings, body } = details
  const cause = recording.causeOf(entry)
  const effects = recording.effectsOf(entry)
  const divergence = recording.index.divergences[recording.divergent.get(entry) ?? -1]
  return (
    <>
      <h2>
        Entry {entry}: {recording.kindOf(entry)} {recording.outcomeOf(entry)}
      </h2>
      {divergence !== undefined && (
        <div class="divergences">
          <p>{visible(divergence.text)}</p>
          <FieldDifferences fields={divergence.fields} sides={sides} />
        </div>
      )}
      <dl class="facts">
        <Fact name="op" value={op} />
        <Fact name="lane" value={lane} />
        <Fact name="took" value={durationText(recording.column.ticks[entry] ?? 0)} />
        {reason !== null && <Fact name="reason" value={reason} />}
        {topic !== null && <Fact name="topic" value={topic} />}
        {key !== null && <Fact name="key" value={key} />}
        {entriesOf(metadata).map(([name, value]) => (
          <Fact name={name} value={name === 'timestamp' ? momentText(jsonText(value)) : jsonText(value)} />
        ))}
      </dl>
      {cause !== undefined && (
        <p>
          Caused by <Jump entry={cause} onSelect={onSelect} />
        </p>
      )}
      {effects.length > 0 && (
        <p>
          Caused{' '}
          {effects.slice(0, 20).map((effect) => (
            <>
              <Jump entry={effect} onSelect={onSelect} />{' '}
            </>
          ))}
          {effects.length > 20 ? `and ${effects.length - 20} more` : ''}
        </p>
      )}
      {headers.length > 0 && (
        <>
          <h3>Headers</h3>
          <dl class="facts">
            {headers.map(([name, value]) => (
              <Fact name={name} value={value} />
            ))}
          </dl>
        </>
      )}
      {entriesOf(properties).length > 0 && (
        <>
          <h3>Properties</h3>
          <dl class="facts">
            {entriesOf(properties).map(([name, value]) => (
              <Fact name={name} value={jsonText(value)} />
            ))}
          </dl>
        </>
      )}
      {readings.map(({ form, fields }) => (
        <>
          <h3>Read as {form}</h3>
          <dl class="facts">
            {fields.map(([name, value]) => (
              <Fact name={name} value={jsonText(value)} />
            ))}
          </dl>
        </>
      ))}
      <h3>Body</h3>
      <Body key={entry} body={body} />
      <Raw key={`raw-${entry}`} recording={recording} entry={entry} />
    </>
  )
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{visible(name)}</dt>
      <dd>{value === '' ? <span class="dim">(empty)</span> : visible(value)}</dd>
    </div>
  )
}

function Jump({ entry, onSelect }: { readonly entry: number; readonly onSelect: (entry: number) => void }) {
  return (
    <button type="button" class="link" onClick={() => onSelect(entry)}>
      entry {entry}
    </button>
  )
}

function Body({ body }: { readonly body: Details['body'] }) {
  const [form, setForm] = useState<'tree' | 'text' | 'hex'>('tree')
  const [all, showAll] = useState(false)
  if (body === null) return <p class="dim">(null: the message has no body)</p>
  if ('same' in body) return <p>(the body of entry {body.same})</p>
  if ('hex' in body) return <Hex hex={body.hex} bytes={body.bytes} />
  const json = parsed(body.text)
  const shown = json === undefined && form === 'tree' ? 'text' : form
  const text = all ? body.text : body.text.slice(0, shownCharacters)
  return (
    <>
      <div role="group" aria-label="Form of the body" class="choice">
        {(json === undefined ? (['text', 'hex'] as const) : (['tree', 'text', 'hex'] as const)).map((one) => (
          <button type="button" aria-pressed={one === shown} onClick={() => setForm(one)}>
            {one}
          </button>
        ))}
      </div>
      {shown === 'tree' && json !== undefined ? (
        <JsonTree value={json.value} />
      ) : shown === 'hex' ? (
        <Hex hex={hexOf(text)} bytes={new TextEncoder().encode(text).length} />
      ) : (
        <pre>{text === '' ? '(empty)' : visible(text)}</pre>
      )}
      {!all && body.text.length > shownCharacters && (
        <button type="button" onClick={() => showAll(true)}>
          Show all {body.text.length.toLocaleString('en')} characters
        </button>
      )}
    </>
  )
}

function Hex({ hex, bytes }: { readonly hex: string; readonly bytes: number }) {
  const rows: string[] = []
  for (let at = 0; at < Math.min(hex.length, 2 * shownCharacters); at += 2 * rowBytes) {
    const pairs = hex.slice(at, at + 2 * rowBytes).match(/../g) ?? []
    const ascii = pairs.map((pair) => printable(Number.parseInt(pair, 16))).join('')
    rows.push(`${(at / 2).toString(16).padStart(8, '0')}  ${pairs.join(' ').padEnd(3 * rowBytes - 1)}  ${ascii}`)
  }
  const left = bytes - rows.length * rowBytes
  return (
    <pre>
      {rows.join('\n')}
      {left > 0 ? `\n… ${left.toLocaleString('en')} more bytes` : ''}
    </pre>
  )
}

function Raw({ recording, entry }: { readonly recording: Recording; readonly entry: number }) {
  const [hex, setHex] = useState<string>()
  return (
    <details
      onToggle={(event) => {
        if (event.currentTarget.open && hex === undefined) void recording.raw(entry).then(setHex)
      }}
    >
      <summary>The entry as it stands in the file</summary>
      {hex === undefined ? <p>…</p> : <Hex hex={hex} bytes={hex.length / 2} />}
    </details>
  )
}

function printable(byte: number): string {
  return byte >= 0x20 && byte < 0x7f ? String.fromCodePoint(byte) : '.'
}

function hexOf(text: string): string {
  return [...new TextEncoder().encode(text)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

function parsed(text: string): { readonly value: PageJson } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return { value: JSON.parse(text) as PageJson }
  } catch {
    return undefined
  }
}

function entriesOf(value: PageJson): readonly (readonly [string, PageJson])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : []
}

/** Milliseconds since 1970, and the moment that they are. */
function momentText(text: string): string {
  const moment = /^\d{12,14}$/.test(text) ? new Date(Number(text)) : undefined
  return moment === undefined ? text : `${text} (${moment.toISOString()})`
}

function jsonText(value: PageJson): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
