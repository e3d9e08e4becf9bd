import { violationFinding } from '../contracts/context.ts'
import { isModel, plainIntegers } from '../contracts/typed.ts'
import { type Document, positionIn } from '../document/document.ts'
import { readDocument } from '../document/read-document.ts'
import { readRegularFile } from '../files/read.ts'
import type { Finding } from '../../finding.ts'
import { x07Finding } from '../../findings.ts'
import { firstRepeated } from '../../order.ts'
import type { Schemas } from '../schema/schemas.ts'
import type { Manifest } from './types.ts'

/** A manifest that was accepted, or the findings that end the check. */
export type LoadedManifest =
  | { ok: true; manifest: Manifest; document: Document }
  /** `hash` is there once the file is JSON: the report names it even where the schema refuses the document. */
  | { ok: false; findings: Finding[]; exitCode: 3 | 4; hash?: string; document?: Document }

const U64_MAX = 2n ** 64n - 1n

/** Reads and validates the manifest; `file` is its path as reports show it. */
export function loadManifest(
  path: string,
  file: string,
  schemas: Schemas,
  maxBytesIn: number | undefined,
): LoadedManifest & { bytes: number } {
  const read = readRegularFile(path)
  if (!read.ok) {
    const message = `read the manifest ${file}: ${read.reason}; name another with --manifest`
    return stop(x07Finding('E_ARCH_MANIFEST_READ', 'parse', message, { file, at: { file } }))
  }
  const bytes = read.bytes.length
  if (maxBytesIn !== undefined && bytes > maxBytesIn) return stop(bytesInExceeded(file, bytes, maxBytesIn), bytes, 4)
  const document = readDocument(file, read.bytes)
  if ('error' in document) {
    const { line, col, reason } = document.error
    const message = `parse the manifest ${file}: ${reason}`
    return stop(x07Finding('E_ARCH_MANIFEST_JSON_PARSE', 'parse', message, { file, at: { file, line, col } }), bytes)
  }
  const hash = document.hash()
  const violations = schemas.validate('manifest', document.value)
  const manifest: unknown = document.value
  if (!isModel<Manifest>(manifest, violations.length === 0)) {
    const findings = violations.map((violation) =>
      violationFinding(document, violation, 'E_ARCH_MANIFEST_SCHEMA_INVALID'),
    )
    return { ok: false, findings, exitCode: 3, hash, document, bytes }
  }
  const fault = modelFault(document, manifest)
  if (fault !== undefined) {
    const finding = x07Finding('E_ARCH_MANIFEST_INVALID', 'parse', `check the manifest ${file}: ${fault.message}`, {
      file,
      at: positionIn(document, fault.pointer),
    })
    return { ok: false, findings: [finding], exitCode: 3, hash, document, bytes }
  }
  return { ok: true, manifest, document, bytes }
}

function stop(finding: Finding, bytes = 0, exitCode: 3 | 4 = 3): LoadedManifest & { bytes: number } {
  return { ok: false, findings: [finding], exitCode, bytes }
}

/** The finding that ends a check whose input is larger than `--max-bytes-in`. */
export function bytesInExceeded(file: string, seen: number, limit: number): Finding {
  const message = `read ${file}: ${seen} bytes read exceed max_bytes_in ${limit}`
  return x07Finding('E_ARCH_TOOL_BUDGET_EXCEEDED', 'lint', message, { at: { file }, data: { budget: 'max_bytes_in' } })
}

/** What the schema lets pass and X07's typed reader does not. */
function modelFault(document: Document, manifest: Manifest): { pointer: string; message: string } | undefined {
  const limits = [
    '/tool_budgets/max_modules',
    '/tool_budgets/max_edges',
    '/tool_budgets/max_diags',
    '/tool_budgets/contracts_budgets/max_contract_files',
    '/tool_budgets/contracts_budgets/max_contract_bytes',
  ]
  const pointer = limits.find((limit) => !plainIntegers(document, [limit], U64_MAX))
  if (pointer !== undefined)
    return { pointer, message: `${pointer} must be written as a plain integer that fits 64 bits` }
  const empty = manifest.nodes.findIndex(
    (node) => node.contracts !== undefined && !Object.hasOwn(node.contracts, 'smoke_entry'),
  )
  if (empty !== -1)
    return {
      pointer: `/nodes/${empty}/contracts`,
      message: `/nodes/${empty}/contracts must have the key "smoke_entry"`,
    }
  return undefined
}

/** The finding about a node id that occurs twice; X07 gives no location. */
export function duplicateNodeId(document: Document, manifest: Manifest): Finding | undefined {
  const ids = manifest.nodes.map((node) => node.id)
  const at = firstRepeated(ids)
  if (at === -1) return undefined
  const message = `check the manifest ${document.file}: two nodes have the id ${JSON.stringify(ids[at])}`
  return x07Finding('E_ARCH_MANIFEST_INVALID', 'parse', message, { at: positionIn(document, `/nodes/${at}/id`) })
}
