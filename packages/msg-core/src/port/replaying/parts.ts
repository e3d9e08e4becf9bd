import { endpointOf, messagingKind, wires, type WireNames } from '../../format/record/index.ts'
import type { CassetteReader } from '../../format/cassette/index.ts'
import { DriverError, type Wire } from '../index.ts'
import { textOf } from './answers.ts'

/** What the entries of a lane are for the driver that plays them. */
export type Role = 'publish' | 'delivery' | 'unsettled' | 'iterate' | 'topology' | 'transaction' | 'resettle' | 'pause'

/** One lane of a cassette: the exact bytes by which entries are grouped, as text. */
export interface LaneName {
  readonly op: string
  readonly key: string
  /** Whose it is; undefined where it is not a driver's. */
  readonly part: Part | undefined
  readonly role: Role | undefined
}

/** What one driver plays: everything of one wire, endpoint and name. */
export interface Part {
  readonly wire: Wire
  readonly endpoint: string
  /** Of a driver that was recorded under a name. */
  readonly name: string | undefined
}

/** Which part is meant; what is left out may be any. */
export interface PartChoice {
  readonly wire?: Wire
  readonly endpoint?: string
  readonly name?: string
}

/** Lanes that a replay follows at most; a run that is not made up has a few for every connection. */
const maxLanes = 100_000

/**
 * The lanes of a cassette by id, and the drivers that they belong to.
 *
 * @throws DriverError `not_found` where there are more than a replay follows
 */
export function lanesOf(cassette: CassetteReader): readonly LaneName[] {
  if (cassette.lanes.size > maxLanes) {
    throw new DriverError(
      'not_found',
      `replay: the cassette has ${cassette.lanes.size} lanes, a replay follows ${maxLanes}; record the run in several cassettes`,
    )
  }
  const parts = new Map<string, Part>()
  return Array.from(cassette.lanes.values(), ({ kind, op, key }): LaneName => {
    const text = { op: textOf(op), key: textOf(key) }
    const known = textOf(kind) === messagingKind ? roleOf(text.op) : undefined
    if (known === undefined) return { ...text, part: undefined, role: undefined }
    const { wire, role } = known
    const endpoint = endpointOf(text.key)
    const name = text.key.startsWith(`${endpoint}/`) ? text.key.slice(endpoint.length + 1) : undefined
    const id = `${wire} ${endpoint}/${name ?? ''}`
    const part = parts.get(id) ?? { wire, endpoint, name }
    parts.set(id, part)
    return { ...text, part, role }
  })
}

/**
 * The first part that a choice fits.
 *
 * @throws DriverError `not_found` where the cassette holds none
 */
export function findPart(lanes: readonly LaneName[], choice: PartChoice): Part {
  for (const { part } of lanes) {
    if (part === undefined || (choice.wire ?? part.wire) !== part.wire) continue
    if ((choice.endpoint ?? part.endpoint) !== part.endpoint) continue
    if (choice.name === undefined || choice.name === part.name) return part
  }
  const wanted = [choice.wire, choice.endpoint, choice.name].filter((one) => one !== undefined).join(' ')
  throw new DriverError(
    'not_found',
    `replay: the cassette holds no messages${wanted === '' ? '' : ` of ${wanted}`}; record it again, or name another cassette`,
  )
}

function roleOf(op: string): { readonly wire: Wire; readonly role: Role } | undefined {
  for (const names of Object.values(wires)) {
    const role = rolesOf(names).get(op)
    if (role !== undefined) return { wire: names.wire, role }
  }
  return undefined
}

function rolesOf(names: WireNames): Map<string, Role> {
  return new Map<string, Role>([
    [names.publishOp, 'publish'],
    [names.deliverOp, 'delivery'],
    [names.unsettledOp, 'unsettled'],
    [names.iterateOp, 'iterate'],
    [names.topologyOp, 'topology'],
    [names.transactionOp, 'transaction'],
    [names.resettleOp, 'resettle'],
    [names.pauseOp, 'pause'],
  ])
}
