import { useState } from 'preact/hooks'
import type { PageJson } from '../src/document.ts'
import { visible } from './words.ts'

/** Members shown of a list or object until more is asked for, and levels that are open at first. */
const shownMembers = 200
const openLevels = 3

/** JSON as a tree that opens and closes. */
export function JsonTree({ value }: { readonly value: PageJson }) {
  return (
    <div class="json">
      <Node value={value} level={0} />
    </div>
  )
}

function Node({ name, value, level }: { readonly name?: string; readonly value: PageJson; readonly level: number }) {
  const [open, setOpen] = useState(level < openLevels)
  const [shown, setShown] = useState(shownMembers)
  const label = name === undefined ? null : <span class="name">{visible(name)}: </span>
  if (typeof value !== 'object' || value === null) {
    return (
      <div>
        {label}
        <span class={value === null ? 'null' : typeof value}>
          {typeof value === 'string' ? visible(JSON.stringify(value)) : String(value)}
        </span>
      </div>
    )
  }
  const isList = Array.isArray(value)
  const members = Object.entries(value)
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {label}
        {isList ? `[${members.length}]` : `{${members.length}}`}
      </summary>
      {open && members.slice(0, shown).map(([member, inner]) => <Node name={member} value={inner} level={level + 1} />)}
      {open && members.length > shown && (
        <button type="button" onClick={() => setShown(shown + 10 * shownMembers)}>
          {members.length - shown} more
        </button>
      )}
    </details>
  )
}
