import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../finding.ts'
import { x07FormOfValue } from '../x07/hash/x07-form.ts'
import type { ArchCase } from './case.ts'

/** What a run gave: the parsed report where there was one, and the files it created, changed or removed. */
export interface Outcome {
  exit: number
  report: { diags: Json[]; stats: Json; manifest: Json; suggested_patches: Json[] } | null
  stdout: string
  stderr: string
  after: { path: string; raw?: string; absent?: true }[]
}

/** What differs between a run and the recorded answer, each as a line for people. */
export function differences(expected: ArchCase, outcome: Outcome): string[] {
  const found: string[] = []
  const expect = (what: string, wanted: Json, got: Json): void => {
    if (!isDeepStrictEqual(wanted, got))
      found.push(`${what}: expected ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`)
  }
  expect('exit', expected.exit, outcome.exit)
  if (expected.stdout !== undefined) expect('stdout', withoutWording(expected.stdout), withoutWording(outcome.stdout))
  if (expected.stderr_not_empty !== undefined) expect('stderr', true, outcome.stderr !== '')
  if (expected.stdout === undefined) {
    const { report } = outcome
    found.push(
      ...multiset(
        'diagnostics',
        expected.diagnostics ?? [],
        (report?.diags ?? []).map((diag) => without(diag, 'message')),
      ),
    )
    if (expected.stats !== undefined) expect('stats', expected.stats, report?.stats ?? null)
    if (expected.manifest !== undefined) expect('manifest', expected.manifest, report?.manifest ?? null)
    expect(
      'patches',
      expected.suggested_patches ?? [],
      (report?.suggested_patches ?? []).map((patch) => without(patch, 'note')),
    )
  }
  expect('files written', byPath(expected.after ?? []), byPath(outcome.after))
  return found
}

/**
 * A text report without the words after each code. X07's wording is no contract, it changes between its versions, and
 * ours says more (the file, what to do); severity, code, order and every other line count.
 */
function withoutWording(text: string): string {
  return text.replaceAll(/^((?:error|warning|info|hint) [A-Z][A-Z0-9_-]*):.*$/gm, '$1')
}

function byPath(files: readonly { path: string }[]): Json {
  return Object.fromEntries(files.map((file) => [file.path, { ...file }]))
}

/** Compares two lists whose order does not count. */
export function multiset(what: string, expected: readonly unknown[], got: readonly unknown[]): string[] {
  const rest = got.map(key)
  const found: string[] = []
  for (const wanted of expected.map(key)) {
    const at = rest.indexOf(wanted)
    if (at === -1) found.push(`${what}: missing ${wanted}`)
    else rest.splice(at, 1)
  }
  return [...found, ...rest.map((extra) => `${what}: unexpected ${extra}`)]
}

function without(value: Json, name: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).filter(([key]) => key !== name))
}

function key(value: unknown): string {
  return x07FormOfValue(JSON.parse(JSON.stringify(value)))
}
