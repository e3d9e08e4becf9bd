import { join } from 'node:path'
import { type ContractContext } from '../contracts/context.ts'
import { checkContracts } from '../contracts/index.ts'
import type { ContractModel } from '../contracts/model.ts'
import { unsupportedNotice } from '../contracts/other-groups.ts'
import { type Document, positionIn } from '../document/document.ts'
import { isOutside, shownPath, underRoot } from '../files/paths.ts'
import type { Finding, Patch } from '../finding.ts'
import { x07Finding } from '../findings.ts'
import { checkGraph, scanBudgets, scanRr } from '../graph/index.ts'
import { CASSETTES_LOCK_PATH, cassettesLockText } from '../lock/cassettes-lock.ts'
import { checkContractsLock, CONTRACTS_LOCK_PATH, contractsLockText } from '../lock/contracts-lock.ts'
import {
  compareManifestLock,
  DEFAULT_MODULE_SCAN,
  loadManifestLock,
  MANIFEST_LOCK_PATH,
  manifestLockText,
} from '../lock/manifest-lock.ts'
import { duplicateNodeId, loadManifest } from '../manifest/load.ts'
import { migrationPatch } from '../manifest/migrate.ts'
import type { Manifest, ModuleScan } from '../manifest/types.ts'
import { checkOwnRules } from '../own/index.ts'
import { mergePatches } from '../patch/merge.ts'
import { sortFindings } from '../report/sort.ts'
import { compileGlobs } from '../scan/globs.ts'
import { openSchemas, type Schemas } from '../schema/schemas.ts'
import type { CheckOptions } from './options.ts'
import type { CheckResult, CheckStats, ExitCode, LockFile } from './result.ts'
import { type Places, withPlace } from './place.ts'
import { openSink } from './sink.ts'

/** The manifest where no option names another. */
export const MANIFEST_PATH = 'arch/manifest.x07arch.json'

/** Contract budgets of a manifest that sets none. */
const DEFAULT_CONTRACT_BUDGETS = { max_contract_files: 2000, max_contract_bytes: 67_108_864 }

/** One pass over a repository: manifest, lock, module graph, contracts, and the rules of our own. Changes nothing. */
export async function check(options: CheckOptions, schemas: Schemas = openSchemas()): Promise<CheckResult> {
  const { root, rules = 'all', writeLock = false } = options
  const manifestPath = options.manifestPath ?? MANIFEST_PATH
  const manifestFull = underRoot(root, manifestPath)
  const manifestFile = shownPath(root, manifestPath)
  const documents = new Map<string, Document>()
  const stats: CheckStats = { modules: 0, nodes: 0, moduleEdges: 0, nodeEdges: 0 }
  let hash: string | null = null
  const patches: Patch[] = []
  const places: Places = { manifestFile, documents }
  const end = (findings: readonly Finding[], exitCode: ExitCode): CheckResult => ({
    findings: sortFindings(rules === 'x07' ? findings : findings.map((finding) => withPlace(finding, places))),
    patches: mergePatches(patches, rules),
    stats,
    exitCode,
    manifest: { path: manifestFile, hash },
    locks: [],
    model: {},
    documents,
  })

  const loaded = loadManifest(manifestFull, manifestFile, schemas, options.maxBytesIn)
  if (loaded.document !== undefined) documents.set(manifestFile, loaded.document)
  if (!loaded.ok) {
    hash = loaded.hash ?? null
    const migration = rules === 'all' && loaded.document !== undefined ? migrationPatch(loaded.document) : undefined
    if (migration !== undefined) patches.push(migration)
    return end(loaded.findings, loaded.exitCode)
  }
  const { manifest, document } = loaded
  const manifestHash = document.hash()
  hash = manifestHash

  places.manifest = manifest
  stats.nodes = manifest.nodes.length
  const lockOptions = {
    root,
    lockPath: options.lockPath,
    writeLock,
    maxBytesIn: options.maxBytesIn,
    bytesIn: loaded.bytes,
  }
  const lock = loadManifestLock(schemas, lockOptions)
  if (!lock.ok) return end(lock.findings, lock.exitCode)
  if (lock.document !== undefined) documents.set(lock.document.file, lock.document)

  const { path: lockPath } = lock
  const scan = lock.lock?.module_scan ?? DEFAULT_MODULE_SCAN
  const outside = isOutside(root, manifestPath)
  const unusable =
    duplicateNodeId(document, manifest) ??
    badNodeGlob(document, manifest) ??
    badScanGlob(lock.document, scan) ??
    (outside && lock.document !== undefined ? manifestOutside(lock.document.file, manifestFile) : undefined)
  if (unusable !== undefined) return end([unusable], 3)

  const sink = openSink(options.maxDiags ?? manifest.tool_budgets.max_diags, rules)
  if (!writeLock && lock.lock !== undefined && lock.document !== undefined) {
    for (const finding of compareManifestLock(lock.lock, lock.document, manifestFile, hash)) sink.emit(finding)
  }

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
      bytesInSoFar: lock.bytesIn,
    },
    rules,
  })
  stats.modules = graph.stats.modules
  stats.moduleEdges = graph.stats.moduleEdges
  stats.nodeEdges = graph.stats.nodeEdges
  for (const finding of graph.findings) sink.emit(finding)
  patches.push(...graph.patches)
  if (graph.exceeded !== undefined) {
    sink.emit(graph.exceeded)
    return end(sink.finish().findings, 4)
  }

  const context: ContractContext = {
    root,
    rules,
    schemas,
    budgets: contractBudgets(manifest),
    emit: (finding) => sink.emit(finding),
    isFull: () => sink.isFull(),
    patches,
    lock: { indexes: new Map(), files: new Map() },
    exceeded: false,
    filesRead: 0,
    bytesRead: 0,
    valid: new Set(),
    named: new Set(),
    documents,
  }
  let model: ContractModel = {}
  if (manifest.contracts_v1 !== undefined) {
    const contracts = manifest.contracts_v1
    model = checkContracts(context, contracts, document, rules === 'all')
    places.model = model
    if (contracts.rr !== undefined && model.rr !== undefined) {
      const found = scanRr(graph.modules, {
        policies: model.rr.index.policies,
        requirePolicyForOsCalls: contracts.rr.require_policy_for_os_calls,
        rules,
        at: positionIn(document, '/contracts_v1/rr/require_policy_for_os_calls'),
      })
      for (const finding of found.findings) sink.emit(finding)
      patches.push(...found.patches)
    }
    if (contracts.budgets !== undefined && model.budgets !== undefined) {
      const found = scanBudgets(graph.modules, {
        profiles: model.budgets.index.profiles,
        requireScopes: contracts.budgets.require_scopes,
        rules,
        at: positionIn(document, '/contracts_v1/budgets/require_scopes'),
      })
      for (const finding of found.findings) sink.emit(finding)
      patches.push(...found.patches)
    }
    if (!writeLock) checkContractsLock(context, options.frozen ?? false)
    const notice = rules === 'all' ? unsupportedNotice(contracts, document) : undefined
    if (notice !== undefined) sink.emit(notice)
  }
  if (rules === 'all') {
    for (const finding of checkOwnRules({
      root,
      manifest,
      manifestDocument: document,
      model,
      context,
      options,
      lock: lock.lock,
    })) {
      sink.emit(finding)
    }
  }

  const { findings, dropped } = sink.finish()
  const hasError = findings.some((finding) => finding.severity === 'error')
  const result = end(findings, dropped || context.exceeded ? 4 : hasError ? 2 : 0)
  if (outside && writeLock)
    throw new Error(`write the manifest lock: ${manifestFile} lies outside the repository ${root}`)
  const locks = writeLock ? lockFiles() : []
  return { ...result, locks, model }

  function lockFiles(): LockFile[] {
    const path = lockPath ?? join(root, MANIFEST_LOCK_PATH)
    const files = [{ path, text: manifestLockText(manifestFile, manifestHash, scan) }]
    if (manifest.contracts_v1 !== undefined) {
      files.push({ path: join(root, CONTRACTS_LOCK_PATH), text: contractsLockText(context.lock) })
    }
    const cassettes = rules === 'all' ? cassettesLockText(root, model) : undefined
    if (cassettes !== undefined) files.push({ path: join(root, CASSETTES_LOCK_PATH), text: cassettes })
    return files
  }
}

function contractBudgets(manifest: Manifest): ContractContext['budgets'] {
  const { max_contract_files: maxFiles, max_contract_bytes: maxBytes } =
    manifest.tool_budgets.contracts_budgets ?? DEFAULT_CONTRACT_BUDGETS
  return { maxFiles, maxBytes }
}

function manifestOutside(lockFile: string, manifestFile: string): Finding {
  const message = `use the manifest lock ${lockFile}: it cannot pin ${manifestFile}, which lies outside the repository`
  return x07Finding('E_ARCH_LOCK_INVALID', 'parse', message, { at: { file: lockFile } })
}

function badNodeGlob(document: Document, manifest: Manifest): Finding | undefined {
  for (const [index, node] of manifest.nodes.entries()) {
    for (const [at, glob] of node.match.path_globs.entries()) {
      const compiled = compileGlobs([glob])
      if (compiled.ok) continue
      const pointer = `/nodes/${index}/match/path_globs/${at}`
      const message = `check the manifest ${document.file}: the glob ${JSON.stringify(glob)} of node ${node.id} is invalid: ${compiled.reason}`
      return x07Finding('E_ARCH_MANIFEST_INVALID', 'parse', message, {
        file: document.file,
        at: positionIn(document, pointer),
      })
    }
  }
  return undefined
}

function badScanGlob(document: Document | undefined, scan: ModuleScan): Finding | undefined {
  if (document === undefined) return undefined
  for (const list of ['include_globs', 'exclude_globs'] as const) {
    for (const [at, glob] of scan[list].entries()) {
      const compiled = compileGlobs([glob])
      if (compiled.ok) continue
      const message = `check the manifest lock ${document.file}: the glob ${JSON.stringify(glob)} is invalid: ${compiled.reason}`
      return x07Finding('E_ARCH_LOCK_INVALID', 'parse', message, {
        at: positionIn(document, `/module_scan/${list}/${at}`),
      })
    }
  }
  return undefined
}
