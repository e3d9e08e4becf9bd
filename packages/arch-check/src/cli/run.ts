import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { oneLine } from '@x07-lab/msg-core/kit'
import { explain, similarCodes } from './catalogue/explain.ts'
import type { CheckOptions } from '../check/options.ts'
import { check } from '../check/pass.ts'
import type { CheckResult } from '../check/result.ts'
import { isFolder, isRegularFile } from '../x07/files/kind.ts'
import { writeFileWhole, writeOwnFile } from '../x07/files/write.ts'
import { applyPatches, patchsetText } from '../x07/patch/patchset.ts'
import { openPassedBefore, type PassedBefore } from '../passed-before.ts'
import { reportJson } from './report/report-json.ts'
import { sarif } from './report/sarif.ts'
import { reportText } from './report/text.ts'
import { openSchemas, type Schemas } from '../x07/schema/schemas.ts'
import { type CommandOptions, parseCommand } from './options.ts'
import { USAGE } from './usage.ts'

/** What the command needs of the process it runs in. */
export interface CommandIo {
  cwd: string
  /** Whether `CI` is set. */
  ci: boolean
  /** Whether standard output is a terminal. */
  terminal: boolean
  stdout(text: string): void
  stderr(text: string): void
  /** Where what was found in sources before is kept; nowhere where absent. */
  parsedFile?: string | undefined
  /** Where what passed before is kept; nowhere where absent. */
  passedFile?: string | undefined
}

/** Runs one command line and returns its exit code. */
export async function runCommand(argv: readonly string[], io: CommandIo, given?: Schemas): Promise<number> {
  const command = parseCommand(argv, io.ci)
  switch (command.kind) {
    case 'help':
      io.stdout(USAGE)
      return 0
    case 'explain': {
      const text = explain(command.code)
      if (text === undefined) return usageError(io, [unknownCode(command.code)])
      io.stdout(text)
      return 0
    }
    case 'usage':
      return usageError(io, command.problems)
    default: {
      const passed = io.passedFile === undefined ? undefined : openPassedBefore(io.passedFile)
      const code = await runCheck(command.options, io, { schemas: given ?? openSchemas(passed), passed })
      passed?.keep()
      return code
    }
  }
}

function unknownCode(code: string): string {
  const similar = similarCodes(code)
  const advice = similar.length === 0 ? '' : `; there is ${similar.join(', ')}`
  return `explain ${code}: no finding has this code${advice}`
}

function usageError(io: CommandIo, problems: readonly string[]): number {
  for (const problem of problems) io.stderr(`arch:check: ${oneLine(problem)}\n`)
  io.stderr('arch:check: --help lists the options\n')
  return 2
}

async function runCheck(
  options: CommandOptions,
  io: CommandIo,
  { schemas, passed }: { readonly schemas: Schemas; readonly passed: PassedBefore | undefined },
): Promise<number> {
  const root = findRoot(options, io.cwd)
  if (!isFolder(root)) {
    return usageError(io, [`look for the repository ${options.project ?? options.repoRoot}: it is not a folder`])
  }
  const checkOptions = { ...toCheckOptions(root, options), parsedFile: io.parsedFile, ...(passed && { passed }) }
  try {
    let result = await check(checkOptions, schemas)
    // X07 writes the locks with each pass, before anything else.
    if (options.writeLock && options.rules === 'x07') writeLocks(result)
    if (options.emitPatch !== undefined) {
      writeFileWhole(
        isAbsolute(options.emitPatch) ? options.emitPatch : join(root, options.emitPatch),
        patchsetText(result.patches),
      )
    }
    if (options.write) {
      applyPatches(root, result.patches, options.rules)
      result = await check(checkOptions, schemas)
    }
    if (options.writeLock && (options.rules === 'all' || options.write)) {
      const refusal = options.rules === 'all' ? whyNotLocked(result, options.force) : undefined
      if (refusal === undefined) {
        writeLocks(result)
        for (const line of result.pinned) io.stderr(`arch:check: ${oneLine(line)}\n`)
      } else io.stderr(`arch:check: ${refusal}\n`)
    }
    report(result, options, io)
    return result.exitCode
  } catch (error) {
    io.stderr(`arch:check: ${oneLine(error instanceof Error ? error.message : String(error))}\n`)
    return 2
  }
}

function toCheckOptions(root: string, options: CommandOptions): CheckOptions {
  const {
    manifest: manifestPath,
    lock: lockPath,
    rules,
    frozen,
    writeLock,
    pin,
    maxModules,
    maxEdges,
    maxDiags,
    maxBytesIn,
  } = options
  return { root, manifestPath, lockPath, rules, frozen, writeLock, pin, maxModules, maxEdges, maxDiags, maxBytesIn }
}

/** Why the locks stay as they are, if they do. */
function whyNotLocked({ findings, complete }: CheckResult, force: boolean): string | undefined {
  if (!complete) {
    return 'the locks are not written, the check ended before it knew them; fix the errors (--force does not help)'
  }
  if (force || findings.every(({ severity }) => severity !== 'error')) return undefined
  return 'the locks are not written over these errors; fix them, or use --force'
}

function writeLocks(result: CheckResult): void {
  for (const lock of result.locks) writeOwnFile(lock.path, lock.text)
}

function report(result: CheckResult, options: CommandOptions, io: CommandIo): void {
  const { rules, format, out } = options
  const frames = format === 'text' && rules === 'all' && io.terminal && out === undefined
  const text =
    format === 'json'
      ? reportJson(result, rules)
      : format === 'sarif'
        ? sarif(result)
        : reportText(result, { rules, frames })
  if (out === undefined) io.stdout(text)
  else writeFileWhole(resolve(io.cwd, out), text)
}

/** A relative path is looked for in the current folder and then in each above it. */
function findRoot(options: CommandOptions, cwd: string): string {
  const named = options.project ?? options.repoRoot
  const found = findUpwards(named, cwd)
  const isFile = options.project !== undefined && isRegularFile(found)
  return isFile ? dirname(found) : found
}

function findUpwards(path: string, cwd: string): string {
  if (isAbsolute(path)) return path
  for (let folder = cwd; ; folder = dirname(folder)) {
    const candidate = resolve(folder, path)
    if (existsSync(candidate)) return candidate
    if (folder === dirname(folder)) return resolve(cwd, path)
  }
}
