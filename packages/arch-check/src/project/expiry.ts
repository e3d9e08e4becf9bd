import type { SealCheck } from '@x07-lab/msg-core/format'
import type { Document } from '../x07/document/document.ts'
import type { Finding } from '../finding.ts'
import { ownFinding } from '../findings.ts'
import { versionOf } from '../x07/schema/schemas.ts'

/** How old cassettes may be: a document of `vcr.expiry@0.1.0`. */
interface ExpiryRule {
  readonly schema_version: string
  readonly id: string
  /** Paths below `.x07_rr` without ending; all where absent. */
  readonly cassettes?: readonly string[]
  readonly max_age_days: number
  readonly severity: 'warning' | 'error'
}

const DAY_MS = 86_400_000

/** The rules among the contracts of the project that are valid. */
export function expiryRules(documents: readonly Document[]): readonly ExpiryRule[] {
  return documents
    .filter(({ valid }) => valid)
    .map(({ value }) => value as unknown as ExpiryRule)
    .filter(({ schema_version: version }) => version === versionOf('vcr-expiry'))
}

/** Cassettes that are older than a rule lets them be, judged by the date in the seal and not by that of the file. */
export function checkExpiry(rules: readonly ExpiryRule[], path: string, seal: SealCheck, now: number): Finding[] {
  const name = path.slice(path.indexOf('/') + 1).replace(/\.rrbin$/, '')
  return rules.flatMap(({ id, cassettes, max_age_days: most, severity }) => {
    if (cassettes !== undefined && !cassettes.includes(name)) return []
    const recorded = seal.kind === 'sealed' ? Date.parse(String(seal.seal['recorded_at'])) : Number.NaN
    const age = Math.floor((now - recorded) / DAY_MS)
    if (age <= most) return []
    const seen = Number.isNaN(age) ? 'its seal does not say when it was recorded' : `it was recorded ${age} days ago`
    const message = `look at ${path}: ${seen}, ${id} allows ${most}; record it again`
    return [ownFinding('W_ARCH_CASSETTE_EXPIRED', message, { file: path }, { severity, data: { rule: id } })]
  })
}
