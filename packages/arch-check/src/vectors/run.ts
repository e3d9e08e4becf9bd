import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { runCommand } from '../cli/run.ts'
import { readRunOsPolicy } from '../x07/policy/read.ts'
import { openSchemas, type Schemas } from '../x07/schema/schemas.ts'
import { type ArchCase, readCase } from './case.ts'
import { differences, multiset, type Outcome } from './compare.ts'
import { applyChanges, copyProject, restore, snapshot, type Snapshot } from './project.ts'

/** One case whose run differs from the recorded answer. */
export interface Difference {
  id: string
  /** One line for each thing that differs. */
  lines: string[]
}

/** What a vector file gave. */
export interface VectorResult {
  passed: number
  failed: number
}

/** The base projects, beside the vector file. */
const BASES: Readonly<Record<string, string>> = { lab: 'base', policy: 'policy-base' }

/**
 * Runs a file of recorded answers of X07's `arch check` (or of its judgement on run-os policies), one JSON object a
 * line, each over a fresh copy of its base project under X07's rules.
 * @throws where the file or a base project is missing, or a line is not a case
 */
export async function runArchVectors(
  file: string,
  options: { onDifference?: (difference: Difference) => void } = {},
): Promise<VectorResult> {
  const result: VectorResult = { passed: 0, failed: 0 }
  const schemas = openSchemas()
  const projects = new Map<string, Project>()
  const scratch = mkdtempSync(join(tmpdir(), 'arch-vectors-'))
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      if (line.trim() === '') continue
      const one = readCase(line)
      const project = projects.get(one.base) ?? openProject(one, dirname(file), join(scratch, one.base))
      projects.set(one.base, project)
      const lines = await runCase(one, project, schemas)
      if (lines.length === 0) result.passed += 1
      else {
        result.failed += 1
        options.onDifference?.({ id: one.id, lines })
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return result
}

/** A working copy of a base project and the state it is put back to before each case. */
interface Project {
  root: string
  base: Snapshot
}

function openProject(one: ArchCase, folder: string, root: string): Project {
  const from = join(folder, BASES[one.base] ?? one.base)
  if (!existsSync(from)) throw new Error(`run the case ${one.id}: its base project ${from} is missing`)
  copyProject(from, root)
  return { root, base: snapshot(root) }
}

async function runCase(one: ArchCase, { root, base }: Project, schemas: Schemas): Promise<string[]> {
  restore(root, base)
  applyChanges(root, one.change)
  if (one.base === 'policy') return judgePolicy(one, root, schemas)
  const before = snapshot(root)
  const outcome = await runReport(one.args ?? [], root, schemas)
  outcome.after = changes(before, snapshot(root))
  return differences(one, outcome)
}

/** The verdict on the policy file alone: the arguments of these cases are those of X07's own runner. */
function judgePolicy(one: ArchCase, root: string, schemas: Schemas): string[] {
  const read = readRunOsPolicy(join(root, 'policy/p.json'), { rules: 'x07', schemas })
  const exit = read.ok ? 0 : 3
  const paths = read.ok ? [] : read.findings.map((finding) => finding.data?.['instance_path'] ?? null)
  const wanted = (one.diagnostics ?? []).map((diagnostic) => diagnostic.instance_path ?? null)
  const lines = multiset('instance paths', wanted, paths)
  return exit === one.exit ? lines : [`exit: expected ${one.exit}, got ${exit}`, ...lines]
}

async function runReport(args: readonly string[], root: string, schemas: Schemas): Promise<Outcome> {
  let stdout = ''
  let stderr = ''
  const format = args.some((arg) => arg.startsWith('--format')) ? [] : ['--format', 'json']
  const exit = await runCommand(
    ['--rules', 'x07', ...format, ...args],
    {
      cwd: root,
      ci: false,
      terminal: false,
      stdout: (text) => (stdout += text),
      stderr: (text) => (stderr += text),
    },
    schemas,
  )
  return { exit, report: stdout.startsWith('{') ? JSON.parse(stdout) : null, stdout, stderr, after: [] }
}

function changes(before: Snapshot, after: Snapshot): Outcome['after'] {
  const changed: Outcome['after'] = []
  for (const [path, entry] of after) {
    const earlier = before.get(path)
    if (entry.kind !== 'file' || (earlier?.kind === 'file' && earlier.text === entry.text)) continue
    changed.push({ path, raw: Buffer.from(entry.text, 'latin1').toString('utf8') })
  }
  for (const [path, entry] of before)
    if (entry.kind === 'file' && !after.has(path)) changed.push({ path, absent: true })
  return changed
}
