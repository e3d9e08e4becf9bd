import type { Recording } from './data.ts'

/** Divergences listed at first. */
const listed = 50

/** What a replay did otherwise, or where two recordings differ. */
export function Divergences({
  recording,
  onSelect,
}: {
  readonly recording: Recording
  readonly onSelect: (entry: number) => void
}) {
  const { divergences, divergenceCount = 0 } = recording.index
  const found = Math.max(divergenceCount, divergences.length)
  if (divergences.length === 0) return null
  return (
    <section aria-labelledby="divergences" class="divergences">
      <h2 id="divergences">
        {found > divergences.length ? `The first ${divergences.length.toLocaleString('en')} of ` : ''}
        {found.toLocaleString('en')} {found === 1 ? 'divergence' : 'divergences'}
      </h2>
      <ol>
        {divergences.slice(0, listed).map(({ entry, text, fields }) => (
          <li>
            {entry >= 0 ? (
              <button type="button" class="link" onClick={() => onSelect(entry)}>
                entry {entry}
              </button>
            ) : null}{' '}
            {text}
            <FieldDifferences fields={fields} />
          </li>
        ))}
      </ol>
      {divergences.length > listed && <p>{divergences.length - listed} more; filter the table by “diverged only”.</p>}
    </section>
  )
}

/** Both values of every field that differs. */
export function FieldDifferences({ fields }: { readonly fields: Recording['index']['divergences'][number]['fields'] }) {
  if (fields.length === 0) return null
  return (
    <dl class="differences">
      {fields.map(({ field, recorded, now }) => (
        <div>
          <dt>{field}</dt>
          <dd>
            recorded <del>{recorded}</del>
          </dd>
          <dd>
            now <ins>{now}</ins>
          </dd>
        </div>
      ))}
    </dl>
  )
}
