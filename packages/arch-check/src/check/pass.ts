import { realpathSync } from 'node:fs'
import { checkGraph } from '../x07/graph/index.ts'
import { compareManifestLock } from '../x07/lock/manifest-lock.ts'
import type { OwnRuleInput } from '../project/input.ts'
import { checkOwnRules } from '../project/index.ts'
import { readPolicies } from '../project/policies.ts'
import { readProjectContracts } from '../project/contracts.ts'
import { openSchemas, type Schemas } from '../x07/schema/schemas.ts'
import { checkContractsStep, openContext } from './contracts-step.ts'
import { lockFiles } from './lock-files.ts'
import { openManifest, type Opened } from './open-manifest.ts'
import type { CheckOptions } from './options.ts'
import { endPass, openPass, type Pass } from './pass-state.ts'
import type { CheckResult } from './result.ts'
import { openSink } from './sink.ts'

/**
 * One pass over a repository: manifest, manifest lock, module graph, contracts and their lock, and the rules of our
 * own. Changes nothing. What is wrong with the repository comes back as findings.
 * @throws where `writeLock` is set and the manifest lies outside the root, under X07's rules where the contracts lock
 * or a folder cannot be read, or on a fault of this program
 */
export async function check(options: CheckOptions, schemas: Schemas = openSchemas()): Promise<CheckResult> {
  const pass = openPass(options, schemas)
  const { root, rules, writeLock, manifestFile } = pass
  const start = openManifest(pass)
  if (!start.ok) return start.result
  const { opened } = start
  const { manifest, document, lock } = opened

  const sink = openSink(options.maxDiags ?? manifest.tool_budgets.max_diags, rules)
  if (!writeLock && lock !== undefined) {
    for (const finding of compareManifestLock(lock.value, lock.document, manifestFile, opened.hash)) sink.emit(finding)
  }
  const graph = await runGraph(pass, opened)
  for (const finding of graph.findings) sink.emit(finding)
  if (graph.exceeded !== undefined) {
    sink.exceed(graph.exceeded)
    return endPass(pass, sink.finish().findings, 4)
  }
  const context = openContext(pass, manifest, sink)
  const model = checkContractsStep(pass, opened, context, graph.modules)
  pass.places.model = model
  let own: ReturnType<typeof checkOwnRules> | undefined
  if (rules === 'all') {
    const realRoot = realpathSync.native(root)
    const policies = readPolicies(root)
    const contracts = readProjectContracts(context)
    const input: OwnRuleInput = {
      root,
      realRoot,
      manifest,
      manifestDocument: document,
      model,
      context,
      options,
      lock: lock?.value,
      policies,
      contracts,
    }
    own = checkOwnRules(input)
    for (const finding of own.findings) sink.emit(finding)
  }

  const { findings, dropped } = sink.finish()
  const failed = findings.some((finding) => finding.severity === 'error')
  const result = endPass(pass, findings, dropped || context.exceeded ? 4 : failed ? 2 : 0)
  return {
    ...result,
    model,
    complete: true,
    pinned: own?.pinned ?? [],
    locks: writeLock ? lockFiles(pass, opened, context.lock, own) : [],
  }
}

async function runGraph(
  { root, rules, manifestFile, options, stats, patches }: Pass,
  { manifest, scan, bytesIn }: Opened,
) {
  const graph = await checkGraph({
    root,
    manifest,
    manifestPath: manifestFile,
    includeGlobs: scan.include_globs,
    excludeGlobs: scan.exclude_globs,
    limits: {
      maxModules: options.maxModules ?? manifest.tool_budgets.max_modules,
      maxEdges: options.maxEdges ?? manifest.tool_budgets.max_edges,
      ...(options.maxBytesIn === undefined ? {} : { maxBytesIn: options.maxBytesIn }),
      bytesInSoFar: bytesIn,
    },
    rules,
    parsedFile: options.parsedFile,
  })
  Object.assign(stats, graph.stats)
  patches.push(...graph.patches)
  return graph
}
