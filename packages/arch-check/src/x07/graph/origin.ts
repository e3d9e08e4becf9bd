import type { Finding } from '../../finding.ts'
import type { Module } from './module.ts'

/** Whose finding one about this module is: X07 sees no TypeScript. */
export function originOf(module: Module): Finding['origin'] {
  return module.kind === 'x07' ? 'x07' : 'own'
}
