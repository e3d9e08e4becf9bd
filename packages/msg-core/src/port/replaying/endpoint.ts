import type { CassetteReader } from '../../format/cassette/index.ts'
import { DriverError, type Wire } from '../index.ts'
import type { Role } from './tape.ts'
import { textOf } from './answers.ts'
import { endpointOf, messagingKind, wires } from '../../format/record/index.ts'

/** The exact bytes by which entries are grouped, as text. */
export interface LaneName {
  readonly kind: string
  readonly op: string
  readonly key: string
}

/** Lanes that a replay follows at most; a run that is not made up has a few for every connection. */
const maxLanes = 100_000

/**
 * The lanes of a cassette by id.
 *
 * @throws DriverError `not_found` where there are more than a replay follows
 */
export function laneNames(cassette: CassetteReader): LaneName[] {
  if (cassette.lanes.size > maxLanes) {
    throw new DriverError(
      'not_found',
      `replay: the cassette has ${cassette.lanes.size} lanes, a replay follows ${maxLanes}; record the run in several cassettes`,
    )
  }
  return [...cassette.lanes.values()].map(({ kind, op, key }) => ({
    kind: textOf(kind),
    op: textOf(op),
    key: textOf(key),
  }))
}

/** The part of a cassette that one driver plays. */
export interface PlayedEndpoint {
  readonly wire: Wire
  readonly endpoint: string
  /** By lane id. */
  readonly lanes: readonly LaneName[]
  /** By lane id: what its entries are for this driver. */
  readonly roles: readonly Role[]
  /**
   * By lane id: whether what nobody asks for is reported. Who asked for an endpoint looks after it alone; who did not is
   * told of the messages of all others too.
   */
  readonly watched: readonly boolean[]
}

/**
 * Finds what to play: the wire and endpoint asked for, or those of the first messaging lane.
 *
 * @throws DriverError `not_found` where the cassette holds no such lane
 */
export function findEndpoint(
  lanes: readonly LaneName[],
  asked: { readonly wire?: Wire; readonly endpoint?: string },
): PlayedEndpoint {
  for (const lane of lanes) {
    const wire = wireOf(lane)
    if (wire === undefined || (asked.wire ?? wire) !== wire) continue
    const endpoint = endpointOf(lane.key)
    if ((asked.endpoint ?? endpoint) !== endpoint) continue
    const roles = lanes.map((other) => roleOf(other, wire, endpoint))
    const isOnlyOne = asked.wire !== undefined || asked.endpoint !== undefined
    const watched = lanes.map((other, id) => (isOnlyOne ? roles[id] !== 'none' : wireOf(other) !== undefined))
    return { wire, endpoint, lanes, roles, watched }
  }
  const wanted = [asked.wire, asked.endpoint].filter((part) => part !== undefined).join(' ')
  throw new DriverError(
    'not_found',
    `replay: the cassette holds no messages${wanted === '' ? '' : ` of ${wanted}`}; record it again, or name another cassette`,
  )
}

function roleOf(lane: LaneName, wire: Wire, endpoint: string): Role {
  if (wireOf(lane) !== wire || endpointOf(lane.key) !== endpoint) return 'none'
  return lane.op === wires[wire].publishOp ? 'call' : 'delivery'
}

function wireOf(lane: LaneName): Wire | undefined {
  if (lane.kind !== messagingKind) return undefined
  for (const { wire, publishOp, deliverOp } of Object.values(wires)) {
    if (lane.op === publishOp || lane.op === deliverOp) return wire
  }
  return undefined
}
