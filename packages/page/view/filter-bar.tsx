import { entryKinds } from '../src/document.ts'
import type { Recording } from './data.ts'
import { everything, type Filter } from './filter.ts'
import { visible } from './words.ts'

/** Tracks offered in the list; a track beyond them is found by its text. */
const offeredTracks = 500

export function FilterBar({
  recording,
  filter,
  onChange,
  found,
  searched,
}: {
  readonly recording: Recording
  readonly filter: Filter
  readonly onChange: (filter: Filter) => void
  readonly found: number
  readonly searched: number | undefined
}) {
  const set = (part: Partial<Filter>): void => onChange({ ...filter, ...part })
  const { index, count } = recording
  return (
    <section aria-label="Filter" class="filter">
      <Choice label="Kind" value={filter.kind} options={entryKinds} onChange={(kind) => set({ kind })} />
      <Choice
        label="Lane"
        value={filter.track}
        options={index.tracks.slice(0, offeredTracks)}
        onChange={(track) => set({ track })}
      />
      <Choice label="Status" value={filter.outcome} options={index.outcomes} onChange={(outcome) => set({ outcome })} />
      <label>
        Key <input type="search" value={filter.key} onInput={(event) => set({ key: event.currentTarget.value })} />
      </label>
      <label>
        Text <input type="search" value={filter.text} onInput={(event) => set({ text: event.currentTarget.value })} />
      </label>
      {index.divergences.length > 0 && (
        <label>
          <input
            type="checkbox"
            checked={filter.divergentOnly}
            onChange={(event) => set({ divergentOnly: event.currentTarget.checked })}
          />{' '}
          diverged only
        </label>
      )}
      <button type="button" onClick={() => onChange(everything)}>
        Clear
      </button>
      <output>
        {found.toLocaleString('en')} of {count.toLocaleString('en')}
        {searched === undefined ? '' : `, searched ${Math.floor(searched * 100)} %`}
      </output>
    </section>
  )
}

function Choice({
  label,
  value,
  options,
  onChange,
}: {
  readonly label: string
  readonly value: string
  readonly options: readonly string[]
  readonly onChange: (value: string) => void
}) {
  return (
    <label>
      {label}{' '}
      <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        <option value="">all</option>
        {options
          .filter((option) => option !== '')
          .map((option) => (
            <option value={option}>{visible(option)}</option>
          ))}
      </select>
    </label>
  )
}
