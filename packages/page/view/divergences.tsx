import type { Recording } from './data.ts'
import { visible } from './words.ts'

/** Divergences listed at first. */
const listed = 50

/** What the two values of a field are called: `recorded` and `now`, or the names of two recordings. */
export type Sides = readonly [before: string, after: string]

/** What a replay did otherwise, or where two recordings differ. */
export function Divergences({
  recording,
  word,
  sides,
  onSelect,
}: {
  readonly recording: Recording
  /** What one of them is called. */
  readonly word: 'divergence' | 'difference'
  readonly sides: Sides
  readonly onSelect: (entry: number) => void
}) {
  const { divergences, divergenceCount = 0 } = recording.index
  const found = Math.max(divergenceCount, divergences.length)
  if (divergences.length === 0) return null
  const first = divergences.length === 1 ? '' : divergences.length.toLocaleString('en')
  return (
    <section aria-labelledby="divergences" class="divergences">
      <h2 id="divergences">
        {found > divergences.length ? `The first ${first} of ` : ''}
        {found.toLocaleString('en')} {found === 1 ? word : `${word}s`}
      </h2>
      <ol>
        {divergences.slice(0, listed).map(({ entry, text, fields }) => (
          <li>
            {entry >= 0 ? (
              <button type="button" class="link" onClick={() => onSelect(entry)}>
                entry {entry}
              </button>
            ) : null}{' '}
            {visible(text)}
            {/* What a replay says of a message names its fields already. */}
            {!fields.every(({ field }) => text.includes(field)) && <FieldDifferences fields={fields} sides={sides} />}
          </li>
        ))}
      </ol>
      {divergences.length > listed && <p>{divergences.length - listed} more; filter the table by “diverged only”.</p>}
    </section>
  )
}

/** Both values of every field that differs. */
export function FieldDifferences({
  fields,
  sides,
}: {
  readonly fields: Recording['index']['divergences'][number]['fields']
  readonly sides: Sides
}) {
  if (fields.length === 0) return null
  return (
    <table class="differences">
      <thead>
        <tr>
          <th scope="col">field</th>
          <th scope="col">{sides[0]}</th>
          <th scope="col">{sides[1]}</th>
        </tr>
      </thead>
      <tbody>
        {fields.map(({ field, recorded, now }) => (
          <tr>
            <th scope="row">{visible(field)}</th>
            <td>
              <del>{recorded === '' ? '(empty)' : visible(recorded)}</del>
            </td>
            <td>
              <ins>{now === '' ? '(empty)' : visible(now)}</ins>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
