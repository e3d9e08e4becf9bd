import type { Finding, Patch, Position } from '../../finding.ts'
import type { World } from '../manifest/types.ts'
import type { X07Body, X07Module } from './module.ts'
import { positionOfPointer } from './module.ts'
import type { AssignedModule } from './input.ts'

/** What a code scan found and offers. */
export interface ScanResult {
  findings: Finding[]
  patches: Patch[]
}

/** The code of one X07 module and the world it runs in. */
export interface Scannable {
  module: X07Module
  world: World
  /** Sync functions, async functions, then the entry, each in file order. */
  bodies: X07Body[]
}

/** The X07 modules that belong to a node; a scan passes over all others. */
export function scannable(modules: readonly AssignedModule[]): Scannable[] {
  return modules.flatMap(({ module, node }) => {
    if (module.kind !== 'x07' || node === undefined) return []
    const functions = [...module.functions, ...module.asyncFunctions].map(({ body }) => body)
    return [{ module, world: node.world, bodies: module.solve ? [...functions, module.solve] : functions }]
  })
}

/** A scope whose id is computed, so that no check can know it; `pointer` is empty when the id is not there at all. */
export function opaqueUsage(module: X07Module, pointer: string, message: string): Finding {
  return {
    code: 'W_ARCH_CONTRACT_OPAQUE_USAGE',
    severity: 'warning',
    stage: 'lint',
    message: `${module.path}: ${message}`,
    loc: { astPtr: pointer },
    at: positionOfPointer(module, pointer),
    origin: 'x07',
  }
}

/** A flag that asks for a scan of code where there is none to scan. */
export function inertScan(code: string, flag: string, at: Position | undefined): Finding {
  return {
    code,
    severity: 'warning',
    stage: 'lint',
    message: `${flag} is set, but no X07 module belongs to a node, so no code is checked`,
    ...(at && { at, loc: { file: at.file } }),
    data: { flag },
    origin: 'own',
  }
}
