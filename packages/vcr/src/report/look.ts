import { join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { shellWord } from '@x07-lab/msg-core/kit'

import type { SessionReport } from '../session/session.ts'

/** The workspace, where this runs from its sources: there is the lab, which shows cassettes. */
const workspace = import.meta.url.endsWith('.ts') ? fileURLToPath(new URL('../../../..', import.meta.url)) : undefined

/**
 * What to type to see the message that the first divergence speaks of, in the terminal and in a browser, and the verdict; nothing
 * where there is no divergence.
 *
 * @param root the folder that holds `.x07_rr/`
 * @param reportFile where the report is written as JSON: the page marks what it names
 */
export function lookLines(root: string, report: SessionReport, reportFile: string | undefined): string[] {
  const { mode, cassette, divergences, divergenceCount } = report
  if (mode !== 'replay' || divergenceCount === 0) return []
  const path = wordFor(join(root, CASSETTE_FOLDER, cassette))
  const entry = divergences.map(entryOf).find((one) => one !== undefined)
  const marks = reportFile === undefined ? '' : ` --report ${wordFor(reportFile)}`
  const look = workspace === undefined ? `entry ${entry} of ${path}` : `pnpm lab cassette show ${path} --entry ${entry}`
  return [
    ...(entry === undefined ? [] : [`look      ${look}`]),
    ...(divergences.every(isOfTime)
      ? [
          'hint      only times differ, which each run makes anew: recorded with vcr record --pin, every replay has the same',
        ]
      : []),
    ...(workspace === undefined ? [] : [`page      pnpm lab cassette page ${path}${marks} --open`]),
    `verdict   differs: ${divergenceCount} ${divergenceCount === 1 ? 'divergence' : 'divergences'}`,
  ]
}

/** `pnpm lab` runs in the workspace, wherever it is typed. */
function wordFor(file: string): string {
  const path = resolve(file)
  const below = workspace === undefined ? path : relative(workspace, path)
  return shellWord(below.startsWith('..') ? path : below)
}

/** Whether something differs in nothing but what the clock said. */
function isOfTime(divergence: SessionReport['divergences'][number]): boolean {
  if (divergence.kind !== 'changed' || divergence.differences.length === 0) return false
  return divergence.differences.every(({ recorded, now }) => isTime(recorded) && isTime(now))
}

/** A date as text, or seconds or milliseconds since 1970 in this century: as differences show them. */
function isTime(shown: string): boolean {
  const text = shown.replace(/^"(.*)"$/, '$1')
  if (/^\d+$/.test(text)) return /^[1-4]\d{9}(?:\d{3})?$/.test(text)
  return /\d:\d\d/.test(text) && !Number.isNaN(Date.parse(text))
}

function entryOf(divergence: SessionReport['divergences'][number]): number | undefined {
  const { entry, before } = divergence as { readonly entry?: number | null; readonly before?: number | null }
  return entry ?? before ?? undefined
}
