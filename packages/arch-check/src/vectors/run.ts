import { createReadStream, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { runCommand } from '../cli/run.ts'
import { readRunOsPolicy } from '../policy/read.ts'
import { openSchemas, type Schemas } from '../schema/schemas.ts'
import { type ArchCase, readCase } from './case.ts'
import { differences, multiset, type Outcome } from './compare.ts'
import { applyChanges, copyProject, snapshot } from './project.ts'

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
  const scratch = mkdtempSync(join(tmpdir(), 'arch-vectors-'))
  try {
    for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
      if (line.trim() === '') continue
      const one = readCase(line)
      const lines = await runCase(one, dirname(file), join(scratch, 'case'), schemas)
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

async function runCase(one: ArchCase, folder: string, root: string, schemas: Schemas): Promise<string[]> {
  const base = join(folder, BASES[one.base] ?? one.base)
  if (!existsSync(base)) throw new Error(`run the case ${one.id}: its base project ${base} is missing`)
  rmSync(root, { recursive: true, force: true })
  copyProject(base, root)
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
  const format = args.includes('--format') ? [] : ['--format', 'json']
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

function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): Outcome['after'] {
  const changed: Outcome['after'] = []
  for (const [path, raw] of after) {
    if (before.get(path) !== raw) changed.push({ path, raw: Buffer.from(raw, 'latin1').toString('utf8') })
  }
  for (const path of before.keys()) if (!after.has(path)) changed.push({ path, absent: true })
  return changed
}
