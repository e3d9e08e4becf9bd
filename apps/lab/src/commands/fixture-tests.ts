import { cpSync, lstatSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { CASSETTE_FOLDER } from '@x07-lab/msg-core/format'
import { readRegularFile, whyFailed } from '@x07-lab/msg-core/kit'
import { runReplay, type SandboxedOptions } from '../cli/run-sandboxed.ts'
import { stoppedLine } from '../cli/stop-signals.ts'
import { exitCodes, UserError, type ExitCode } from '../user-error.ts'
import { parseManifest, type FixtureTest } from './fixture-manifest.ts'
import { replayRequest } from './request.ts'
import type { CommandResult } from './result.ts'

/** Where fixture tests run. */
export type FixtureContext = Pick<SandboxedOptions, 'root' | 'cwd' | 'env' | 'launch'>

interface FixtureResult {
  readonly id: string
  readonly outcome: 'pass' | 'fail' | 'skip'
  readonly as_expected: boolean
}

/**
 * Runs the tests of a manifest (X07's `x07.tests_manifest`): the fixture folder becomes the `.x07_rr/` of an empty project
 * under the contracts of this one, and every cassette in it is replayed and compared.
 */
export async function runFixtureTests(manifest: string, context: FixtureContext): Promise<CommandResult> {
  const path = resolve(context.cwd, manifest)
  const results: FixtureResult[] = []
  for (const test of parseManifest(readManifest(path), manifest))
    results.push(await runTest(test, dirname(path), context))
  const good = results.every(({ as_expected }) => as_expected)
  const exitCode: ExitCode = good ? exitCodes.ok : exitCodes.mismatch
  return {
    document: { manifest, tests: results },
    lines: results.map(({ id, outcome, as_expected }) => `${outcome} ${id}${as_expected ? '' : ' (not as expected)'}`),
    exitCode,
  }
}

async function runTest(test: FixtureTest, folder: string, context: FixtureContext): Promise<FixtureResult> {
  if (test.expect === 'skip') return { id: test.id, outcome: 'skip', as_expected: true }
  const project = mkdtempSync(join(tmpdir(), 'lab-test-'))
  try {
    const cassettes = copyFixture(join(folder, test.fixtureRoot), join(project, CASSETTE_FOLDER), test.id)
    const code = await runReplay(
      { ...replayRequest({}), cassettes, out: join(project, 'out') },
      { ...context, cassetteRoot: project, results: 'stderr' },
    )
    // Neither a pass nor a fail, and nobody wants the rest.
    if (code === exitCodes.interrupted) throw new UserError(`test ${test.id}: ${stoppedLine}`, exitCodes.interrupted)
    const outcome = code === exitCodes.ok ? 'pass' : 'fail'
    return { id: test.id, outcome, as_expected: outcome === test.expect }
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
}

/** Copies regular files and folders, nothing else, and gives the names of the cassettes among them. */
function copyFixture(from: string, to: string, id: string): string[] {
  if (statSync(from, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new UserError(`test ${id}: fixture_root ${from} is no folder`, exitCodes.environment)
  }
  const names = readdirSync(from, { recursive: true, encoding: 'utf8' }).sort()
  for (const name of names) {
    const entry = lstatSync(join(from, name))
    if (!entry.isFile() && !entry.isDirectory()) {
      throw new UserError(
        `test ${id}: fixture ${name} is neither a file nor a folder; copy what it points to`,
        exitCodes.environment,
      )
    }
  }
  cpSync(from, to, { recursive: true })
  const cassettes = names.filter((name) => /\.(?:rrbin|x07rr\.bin)$/.test(name))
  if (cassettes.length === 0) throw new UserError(`test ${id}: ${from} holds no cassette`, exitCodes.environment)
  return cassettes
}

function readManifest(path: string): string {
  try {
    return Buffer.from(readRegularFile(path)).toString()
  } catch (cause) {
    throw new UserError(
      `read test manifest ${path}: ${whyFailed(cause)}; name another with --manifest`,
      exitCodes.environment,
      { cause },
    )
  }
}
