import type { Document } from '../document/document.ts'
import type { Json, JsonPatchOp, Patch } from '../../finding.ts'
import { SCHEMA_VERSIONS } from '../schema/names.ts'
import { schemaVersionOf } from '../contracts/context.ts'

const OLDER = ['x07.arch.manifest@0.1.0', 'x07.arch.manifest@0.2.0']

/**
 * What turns a manifest 0.1.0 or 0.2.0 into 0.3.0: the version, and a trust zone for each node that has none.
 * `untrusted` changes no edge: only nodes of the verified core are restricted, and 0.1.0 had none.
 */
export function migrationPatch(document: Document): Patch | undefined {
  const version = schemaVersionOf(document)
  if (version === undefined || !OLDER.includes(version)) return undefined
  const zones: JsonPatchOp[] = nodesOf(document.value).flatMap((node, at) =>
    typeof node === 'object' && node !== null && !Array.isArray(node) && !Object.hasOwn(node, 'trust_zone')
      ? [{ op: 'add', path: `/nodes/${at}/trust_zone`, value: 'untrusted' }]
      : [],
  )
  const ops: JsonPatchOp[] = [{ op: 'replace', path: '/schema_version', value: SCHEMA_VERSIONS.manifest }, ...zones]
  return { path: document.file, ops, note: `migrate the manifest from ${version}` }
}

function nodesOf(value: Json): Json[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  const nodes = Object.hasOwn(value, 'nodes') ? value['nodes'] : undefined
  return Array.isArray(nodes) ? nodes : []
}
