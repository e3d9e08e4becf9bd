import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Finding } from '../../finding.ts'
import { compareUtf8 } from '../../order.ts'
import type { Module, ModuleImport } from './module.ts'
import { positionOfPointer } from './module.ts'
import { openParsedBefore, type ParsedBefore } from '../../typescript/parsed-before.ts'
import type { TsParser } from '../../typescript/ts-parser.ts'
import { openTsParser } from '../../typescript/ts-parser.ts'
import type { TsResolver } from '../../typescript/ts-resolve.ts'
import { tsResolver } from '../../typescript/ts-resolve.ts'
import type { TsParse } from '../../typescript/ts-source.ts'
import { readPathMaps } from '../../typescript/tsconfig-paths.ts'
import { readWorkspace } from '../../typescript/workspace.ts'
import type { ReadModule } from '../modules/x07-module.ts'
import { readX07Module } from '../modules/x07-module.ts'

/** What to load: the files of a scan and the settings files beside them, relative to the root, in order. */
export interface LoadInput {
  root: string
  files: readonly string[]
  settings: readonly string[]
  /** Bytes that all input may have, and how many were read before. */
  maxBytesIn?: number
  bytesInSoFar: number
  /** Where what was found in sources before is kept; nowhere where absent. */
  parsedFile?: string | undefined
}

/** The modules by id, in the order of their ids. */
export interface Loaded {
  modules: Map<string, Module>
  findings: Finding[]
  bytesIn: number
  /** The input went over its budget; the modules are those read before. */
  exceeded?: Finding
}

/** Sources that wait for the parsing process at the same time; a bound on memory. */
const WAITING_MAX = 64

/** Ends of the paths that X07 takes for modules. */
export const X07_SUFFIXES: readonly string[] = ['.x07.json']
/** Ends of the paths of TypeScript modules. */
export const TS_SUFFIXES: readonly string[] = ['.ts', '.tsx', '.mts', '.cts']

/** Reads and parses every file once, in order. A file that is no module is a finding, and left out. */
export async function loadModules(input: LoadInput): Promise<Loaded> {
  await using parser = openTsParser()
  const before = openParsedBefore(input.parsedFile)
  const context: Context = { parser, before, resolver: await resolverFor(input) }
  const loaded: Loaded = { modules: new Map(), findings: [], bytesIn: input.bytesInSoFar }
  const slots: (ReadModule<Module> | undefined)[] = []
  let waiting: Promise<void>[] = []

  for (const [at, file] of input.files.entries()) {
    const bytes = readBytes(path.join(input.root, file))
    if (bytes instanceof Error) {
      slots[at] = { fault: { reason: `the file cannot be read, ${bytes.message}`, line: 1, col: 1 } }
      continue
    }
    loaded.bytesIn += bytes.length
    if (input.maxBytesIn !== undefined && loaded.bytesIn > input.maxBytesIn) {
      loaded.exceeded = overBytes(input.maxBytesIn, loaded.bytesIn)
      break
    }
    const read = readModule(file, bytes, context)
    if (!(read instanceof Promise)) {
      slots[at] = read
      continue
    }
    waiting.push(fill(slots, at, read))
    if (waiting.length >= WAITING_MAX) {
      await Promise.all(waiting)
      waiting = []
    }
  }
  await Promise.all(waiting)
  before.keep()
  keepInOrder(input.files, slots, loaded)
  return loaded
}

interface Context {
  parser: TsParser
  before: ParsedBefore
  /** Absent when no file is TypeScript. */
  resolver: TsResolver | undefined
}

async function resolverFor({ root, files, settings }: LoadInput): Promise<TsResolver | undefined> {
  const sources = files.filter((file) => !isX07(file))
  if (sources.length === 0) return undefined
  return tsResolver(new Set(sources), await readWorkspace(root, settings), readPathMaps(root, settings))
}

/** Reading without a promise for each file is ten times as fast where the files are in the system's cache. */
function readBytes(file: string): Uint8Array | Error {
  try {
    return readFileSync(file)
  } catch (error) {
    return new Error(error instanceof Error && 'code' in error ? String(error.code) : 'unknown error')
  }
}

async function fill<T>(slots: (T | undefined)[], at: number, value: Promise<T>): Promise<void> {
  slots[at] = await value
}

function readModule(
  file: string,
  bytes: Uint8Array,
  { parser, before, resolver }: Context,
): ReadModule<Module> | Promise<ReadModule<Module>> {
  if (isX07(file) || resolver === undefined) return readX07Module(file, bytes)
  let text: string
  try {
    text = DECODER.decode(bytes)
  } catch {
    return { fault: { reason: 'the text is not UTF-8', line: 1, col: 1 } }
  }
  const parsed = before.of(file, text, () => parser.parse(file, text))
  return parsed instanceof Promise ? finishLater(file, parsed, resolver) : tsModule(file, parsed, resolver)
}

const DECODER = new TextDecoder('utf-8', { fatal: true })

async function finishLater(file: string, parsed: Promise<TsParse>, resolver: TsResolver): Promise<ReadModule<Module>> {
  return tsModule(file, await parsed, resolver)
}

function tsModule(file: string, parsed: TsParse, resolver: TsResolver): ReadModule<Module> {
  if ('fault' in parsed) return parsed
  const byName = new Map<string, ModuleImport>()
  for (const { specifier, typeOnly, line, col } of parsed.source.imports) {
    const { name, local } = resolver.resolve(file, specifier)
    const known = byName.get(name)
    // An import that runs outweighs the type-only ones of the same module before it.
    if (known === undefined || (known.typeOnly && !typeOnly))
      byName.set(name, { name, typeOnly, local, place: { line, col } })
  }
  const imports = [...byName.values()].sort((a, b) => compareUtf8(a.name, b.name))
  return {
    module: {
      kind: 'typescript',
      id: resolver.idOf(file),
      path: file,
      imports,
      exports: new Set(parsed.source.exports),
    },
  }
}

function keepInOrder(
  files: readonly string[],
  slots: readonly (ReadModule<Module> | undefined)[],
  loaded: Loaded,
): void {
  const byId = new Map<string, Module>()
  files.forEach((file, at) => {
    const read = slots[at]
    if (read === undefined) return
    if ('fault' in read) {
      loaded.findings.push(notAModule(file, read.fault))
      return
    }
    const existing = byId.get(read.module.id)
    if (existing === undefined) byId.set(read.module.id, read.module)
    else loaded.findings.push(duplicateId(read.module, existing))
  })
  const inOrder = [...byId].sort(([a], [b]) => compareUtf8(a, b))
  loaded.modules = new Map(inOrder)
}

function notAModule(file: string, fault: { reason: string; line: number; col: number; pointer?: string }): Finding {
  const { reason, line, col, pointer } = fault
  return {
    code: 'E_ARCH_MODULE_PARSE',
    severity: 'error',
    stage: 'parse',
    message: `read module ${file}: ${reason}`,
    at: { file, line, col, ...(pointer !== undefined && { pointer }) },
    data: { module_path: file },
    origin: isX07(file) ? 'x07' : 'own',
  }
}

function duplicateId(module: Module, existing: Module): Finding {
  return {
    code: 'E_ARCH_DUPLICATE_MODULE_ID',
    severity: 'error',
    stage: 'lint',
    message: `module id ${module.id} is taken by ${existing.path}; ${module.path} is left out`,
    at: positionOfPointer(module, '/module_id'),
    data: { module_id: module.id, module_path: module.path, module_path_existing: existing.path },
    origin: module.kind === 'x07' ? 'x07' : 'own',
  }
}

function overBytes(max: number, total: number): Finding {
  return {
    code: 'E_ARCH_TOOL_BUDGET_EXCEEDED',
    severity: 'error',
    stage: 'lint',
    message: `read modules: ${total} bytes of input are over max_bytes_in ${max}`,
    data: { budget: 'max_bytes_in', max_bytes_in: max, bytes_in_total: total },
    origin: 'x07',
  }
}

function isX07(file: string): boolean {
  return file.endsWith('.x07.json')
}
