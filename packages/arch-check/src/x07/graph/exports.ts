import type { Finding } from '../../finding.ts'
import type { ManifestNode } from '../manifest/types.ts'
import type { Module, X07Function, X07Module } from './module.ts'
import { positionOfPointer } from './module.ts'
import type { X07Type } from '../modules/x07-type.ts'
import { isBytesLike, printType } from '../modules/x07-type.ts'
import { compareUtf8 } from '../../order.ts'
import type { AssignedModule } from './input.ts'
import { originOf } from './origin.ts'

/** The modules of each node that has any, nodes by id and modules by id. */
export type NodeModules = ReadonlyMap<ManifestNode, Module[]>

/** Groups assigned modules by node. */
export function byNode(modules: readonly AssignedModule[]): NodeModules {
  const groups = new Map<ManifestNode, Module[]>()
  for (const { module, node } of modules) {
    if (node === undefined) continue
    const group = groups.get(node)
    if (group === undefined) groups.set(node, [module])
    else group.push(module)
  }
  return new Map([...groups].toSorted(([a], [b]) => compareUtf8(a.id, b.id)))
}

/** Each node that names a smoke entry and has modules must export it, under exactly that name, from one of them. */
export function checkSmokeEntries(nodes: NodeModules): Finding[] {
  return [...nodes].flatMap(([node, modules]): Finding[] => {
    const entry = node.contracts?.smoke_entry
    if (entry === undefined || modules.some((module) => module.exports.has(entry))) return []
    return [
      {
        code: 'E_ARCH_SMOKE_MISSING',
        severity: 'error',
        stage: 'lint',
        message: `none of the ${modules.length} modules of node ${node.id} exports its smoke entry ${entry}`,
        data: { node: node.id, smoke_entry: entry },
        origin: modules.some((module) => originOf(module) === 'x07') ? 'x07' : 'own',
      },
    ]
  })
}

/** Bytes that cross the border of a public node carry a brand: checks each exported function of its X07 modules. */
export function checkBrands(nodes: NodeModules): Finding[] {
  return [...nodes].flatMap(([node, modules]) => {
    if (node.visibility.mode !== 'public') return []
    return modules.flatMap((module) => (module.kind === 'x07' ? brandsOf(node, module) : []))
  })
}

function brandsOf(node: ManifestNode, module: X07Module): Finding[] {
  const exported = [...module.functions, ...module.asyncFunctions].filter(({ name }) => module.exports.has(name))
  return exported.flatMap((declared) => {
    const bare = declared.params.flatMap(({ name, type, brand }, at) =>
      isBytesLike(type) && brand === undefined
        ? [unbranded(node, module, declared, { type, pointer: `params/${at}`, param: name })]
        : [],
    )
    const { result, resultBrand } = declared
    if (!isBytesLike(result) || resultBrand !== undefined) return bare
    return [...bare, unbranded(node, module, declared, { type: result, pointer: 'result' })]
  })
}

function unbranded(
  node: ManifestNode,
  module: X07Module,
  declared: X07Function,
  { type, pointer, param }: { type: X07Type; pointer: string; param?: string },
): Finding {
  const what = param === undefined ? 'result' : `parameter ${param}`
  return {
    code: 'E_ARCH_PUBLIC_BYTES_UNBRANDED',
    severity: 'error',
    stage: 'lint',
    message: `${declared.name} is exported by public node ${node.id}, but its ${what} of type ${printType(type)} has no brand`,
    loc: { file: module.path },
    at: positionOfPointer(module, declared.body.pointer.replace(/body$/, pointer)),
    data: {
      node: node.id,
      module_path: module.path,
      symbol: declared.name,
      ty: printType(type),
      ...(param !== undefined && { param }),
    },
    origin: 'x07',
  }
}
