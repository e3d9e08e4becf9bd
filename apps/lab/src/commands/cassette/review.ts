import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { oneLine } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../../user-error.ts'
import { reportError } from '../../cli/report-error.ts'
import type { CommandResult } from '../result.ts'
import { diff } from './diff.ts'

/** What a comment on a pull request shows of one cassette. */
const shownLines = 40
const maxCassetteBytes = 512 * 1024 * 1024

interface Changed {
  readonly path: string
  readonly how: 'added' | 'removed' | 'changed'
  readonly lines: readonly string[]
}

/**
 * The cassettes that differ from those of a commit, as Markdown for a comment: what messages came, went and changed. What they
 * hold stands in blocks of code, where it is text and nothing else.
 *
 * @param ref a commit, such as `origin/main`
 * @throws UserError where git does not know it
 */
export function review(root: string, ref: string): CommandResult {
  if (ref.startsWith('-')) throw new UserError(`review ${JSON.stringify(ref)}: give a commit, such as origin/main`)
  const listed = git(root, ref, [
    'diff',
    '--name-status',
    '--no-renames',
    '--relative',
    '-z',
    ref,
    '--',
    '*.rrbin',
    '*.x07rr.bin',
  ])
  const parts = listed
    .toString()
    .split('\0')
    .filter((part) => part !== '')
  const folder = mkdtempSync(join(tmpdir(), 'lab-review-'))
  try {
    const changed: Changed[] = []
    for (let at = 0; at + 1 < parts.length; at += 2) {
      changed.push(compare(root, ref, folder, { status: parts[at] ?? '', path: parts[at + 1] ?? '' }))
    }
    return {
      document: { commit: ref, cassettes: changed },
      lines: markdown(ref, changed),
      exitCode: changed.length === 0 ? exitCodes.ok : exitCodes.mismatch,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function compare(
  root: string,
  ref: string,
  folder: string,
  { status, path }: { status: string; path: string },
): Changed {
  if (status === 'A') return { path, how: 'added', lines: [] }
  if (status === 'D') return { path, how: 'removed', lines: [] }
  const before = join(folder, 'before.rrbin')
  try {
    writeFileSync(before, git(root, ref, ['show', `${ref}:./${path}`]))
    const { lines } = diff(root, [before, join(root, path)])
    // The last says how many there are, by the names of the files.
    return { path, how: 'changed', lines: lines.slice(0, -1) }
  } catch (error) {
    return { path, how: 'changed', lines: [reportError(error).line] }
  }
}

function markdown(ref: string, changed: readonly Changed[]): string[] {
  if (changed.length === 0) return [`No cassette differs from ${oneLine(ref)}.`]
  return [
    `### Cassettes that differ from \`${oneLine(ref).replaceAll('`', "'")}\``,
    ...changed.flatMap(({ path, how, lines }) => [
      '',
      `**${how}** \`${oneLine(path).replaceAll('`', "'")}\``,
      ...(lines.length === 0 ? [] : ['', ...block(lines)]),
    ]),
  ]
}

/** A block of code whose fence is in none of its lines. */
function block(lines: readonly string[]): string[] {
  const shown = lines.slice(0, shownLines).map(oneLine)
  if (lines.length > shownLines) shown.push(`${lines.length - shownLines} more lines`)
  const longest = Math.max(2, ...shown.flatMap((line) => (line.match(/`+/g) ?? []).map((run) => run.length)))
  const fence = '`'.repeat(longest + 1)
  return [`${fence}diff`, ...shown, fence]
}

function git(root: string, ref: string, args: readonly string[]): Buffer {
  const ran = spawnSync('git', args, { cwd: root, maxBuffer: maxCassetteBytes, env: { ...process.env, LC_ALL: 'C' } })
  if (ran.error !== undefined) {
    throw new UserError(`review: git cannot be run: ${ran.error.message}`, exitCodes.environment, { cause: ran.error })
  }
  if (ran.status === 0) return ran.stdout
  const said = ran.stderr.toString()
  if (/not a git repository/i.test(said)) {
    throw new UserError(
      'review: this project is not in a git repository, and a review compares with a commit of one',
      exitCodes.environment,
    )
  }
  const [why = ''] = said.split('\n')
  throw new UserError(`review ${ref}: ${why}; give a commit that is here, such as origin/main`, exitCodes.environment)
}
