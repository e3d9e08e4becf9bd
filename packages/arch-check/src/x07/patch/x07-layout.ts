import type { JsonMember, JsonNode, JsonObject as JsonObjectNode } from '@x07-lab/msg-core/json'
import { memberOf, parseJson } from '@x07-lab/msg-core/json'
import type { Json } from '../../finding.ts'
import { layoutNode } from '../hash/layout.ts'
import { canonicalDecls } from '../modules/x07-canonical.ts'
import type { JsonObject } from '../modules/x07-fields.ts'
import { field, objectOf, stringField, stringsField } from '../modules/x07-fields.ts'
import { trimBlanks } from '../modules/x07-names.ts'
import { readX07Module } from '../modules/x07-module.ts'
import { compareUtf8 } from '../../order.ts'
import { PatchError } from './edit-text.ts'

/** Suffix of the files that X07 writes back as modules. */
const MODULE_SUFFIX = '.x07.json'

/**
 * A patched file as X07 writes it back: keys sorted, in the layout of locks. Of a module, only what the language knows
 * is written, in its canonical order.
 * @throws {PatchError} where the text is not JSON, or a module that X07 would not read again
 */
export function x07Layout(path: string, text: string): string {
  const laidOut = layoutNode(treeOf(path, text))
  if (!path.endsWith(MODULE_SUFFIX)) return laidOut
  const read = readX07Module(path, Buffer.from(laidOut))
  if ('fault' in read) throw new PatchError(`patch ${path}: the result is no module: ${read.fault.reason}`)
  const { document } = read.module
  const root = treeOf(path, JSON.stringify(canonicalRoot(objectOf(document.value, '', 'a module'))))
  const meta = metaOf(document.tree())
  const whole: JsonNode = meta === undefined || root.kind !== 'object' ? root : withMember(root, meta)
  return layoutNode(whole)
}

function treeOf(path: string, text: string): JsonNode {
  const parsed = parseJson(text, { duplicateKeys: 'keep' })
  if (!parsed.ok) throw new PatchError(`patch ${path}: the result is not JSON`)
  return parsed.root
}

function canonicalRoot(module: JsonObject): JsonObject {
  const solve = field(module, 'solve')
  const kind = trimBlanks(stringField(module, '', 'kind'))
  return {
    schema_version: stringField(module, '', 'schema_version'),
    kind,
    module_id: stringField(module, '', 'module_id'),
    imports: [...new Set(stringsField(module, '', 'imports'))].toSorted(compareUtf8),
    decls: canonicalDecls(module, kind),
    ...(solve !== undefined && { solve }),
  } satisfies Record<string, Json>
}

/** Under this key X07 keeps notes of its own while it holds a module; it never writes them. */
const INTERNAL_META = '__x07_internal_defn_decreases'

/** `meta` with its number tokens; anything but an object with members is not kept. */
function metaOf(root: JsonNode): JsonMember | undefined {
  const meta = root.kind === 'object' ? memberOf(root, 'meta') : undefined
  if (meta?.value.kind !== 'object') return undefined
  const members = meta.value.members.filter(({ key }) => key !== INTERNAL_META)
  return members.length === 0 ? undefined : { ...meta, value: { ...meta.value, members } }
}

function withMember(root: JsonObjectNode, member: JsonMember): JsonObjectNode {
  return { ...root, members: [...root.members, member] }
}
