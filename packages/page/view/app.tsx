import { useEffect, useMemo, useState } from 'preact/hooks'
import { Charts } from './charts.tsx'
import type { Recording } from './data.ts'
import { DetailsPanel } from './details.tsx'
import { Divergences, type Sides } from './divergences.tsx'
import { everything, filterByTables, needsMessages, searchMessages, type Filter } from './filter.ts'
import { FilterBar } from './filter-bar.tsx'
import { MessageTable } from './table.tsx'
import { Timeline } from './timeline.tsx'
import { words } from './words.ts'

/** A recording and an entry of it. */
export interface Selection {
  readonly recording: number
  readonly entry: number
}

export function App({ recordings }: { readonly recordings: readonly Recording[] }) {
  const [selection, select] = useState<Selection | undefined>(() => selectionOf(location.hash, recordings))
  const [shown, show] = useState(selection?.recording ?? 0)
  const [filter, setFilter] = useState(everything)
  const recording = recordings[shown] ?? recordings[0]
  const { entries, searched } = useFiltered(recording, filter)
  const choose = (entry: number, from = shown): void => {
    select({ recording: from, entry })
    show(from)
    history.replaceState(null, '', `#${recordings.length > 1 ? `${from}.` : ''}${entry}`)
  }
  useEffect(() => {
    const follow = (): void => {
      const there = selectionOf(location.hash, recordings)
      if (there === undefined) return
      select(there)
      show(there.recording)
    }
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [recordings])
  const [before, after] = recordings
  const sides: Sides =
    before === undefined || after === undefined ? ['recorded', 'now'] : [before.index.name, after.index.name]
  if (recording === undefined) return <p role="alert">This page holds no recording.</p>
  const selected = selection?.recording === shown ? selection.entry : undefined
  return (
    <>
      <header>
        <h1>{recordings.map(({ index }) => index.name).join(' | ')}</h1>
        {recordings.length > 1 && (
          <div role="group" aria-label="Recording shown" class="choice">
            {recordings.map(({ index }, number) => (
              <button type="button" aria-pressed={number === shown} onClick={() => show(number)}>
                {index.name}
              </button>
            ))}
          </div>
        )}
        <p class="facts">{words(recording)}</p>
        {recording.count === 0 && <p>Nothing was recorded: this cassette holds no entries.</p>}
      </header>
      <main>
        <Divergences
          recording={recording}
          word={recordings.length > 1 ? 'difference' : 'divergence'}
          sides={sides}
          onSelect={choose}
        />
        {recordings.map((one, number) => (
          <Timeline
            recording={one}
            selected={selection?.recording === number ? selection.entry : undefined}
            onSelect={(entry) => choose(entry, number)}
          />
        ))}
        <Charts recording={recording} />
        <FilterBar
          recording={recording}
          filter={filter}
          onChange={setFilter}
          found={entries.length}
          searched={searched}
        />
        <div class="split">
          <MessageTable
            recording={recording}
            entries={entries}
            selected={selected}
            onSelect={(entry) => choose(entry)}
          />
          <DetailsPanel recording={recording} entry={selected} sides={sides} onSelect={(entry) => choose(entry)} />
        </div>
      </main>
    </>
  )
}

/** `#12` is an entry, `#1.12` one of the second recording. */
function selectionOf(hash: string, recordings: readonly Recording[]): Selection | undefined {
  const [, recording = '0', entry = ''] = /^#(?:(\d+)\.)?(\d+)$/.exec(hash) ?? []
  const there = recordings[Number(recording)]
  return there !== undefined && entry !== '' && Number(entry) < there.count
    ? { recording: Number(recording), entry: Number(entry) }
    : undefined
}

interface Filtered {
  readonly entries: Uint32Array
  /** Share of the messages looked at; undefined when the search is over. */
  readonly searched: number | undefined
}

function useFiltered(recording: Recording | undefined, filter: Filter): Filtered {
  const byTables = useMemo(
    () => (recording === undefined ? new Uint32Array(0) : filterByTables(recording, filter)),
    [recording, filter],
  )
  const [found, setFound] = useState<{ readonly of: Uint32Array; readonly result: Filtered }>()
  useEffect(() => {
    if (recording === undefined || !needsMessages(filter)) return
    let wanted = true
    void searchMessages(recording, byTables, filter, (entries, searched, done) => {
      if (wanted)
        setFound({ of: byTables, result: { entries, searched: done ? undefined : searched / byTables.length } })
      return wanted
    })
    return () => {
      wanted = false
    }
  }, [recording, filter, byTables])
  if (!needsMessages(filter)) return { entries: byTables, searched: undefined }
  return found?.of === byTables ? found.result : { entries: new Uint32Array(0), searched: 0 }
}
