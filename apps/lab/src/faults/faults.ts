import { driverErrors } from '@x07-lab/msg-core/driver'
import { canonicalJsonBytes, decodeRecord, readIterationEnd, wires } from '@x07-lab/msg-core/format'
import type { Metadata } from '@x07-lab/msg-core'
import type { EntryFields } from '@x07-lab/msg-core/format'
import { UserError } from '../user-error.ts'
import type { FaultPlan } from './plan.generated.ts'
import { failed, metadataOf, plainEntry, refused, withMetadata, withValue, type Step, type Steps } from './steps.ts'

export type Fault = FaultPlan['faults'][number]
type Of<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>

/** Numbers for entries that the recording does not have. */
type NewIds = () => number

/** Entries that one fault adds at most. */
export const idsOfFault = 2 ** 20

/** Which fault it is. */
export interface FaultPlace {
  /** In words, for messages. */
  readonly where: string
  /** The number of the first entry that it adds; it adds fewer than {@link idsOfFault}. */
  readonly firstId: number
}

/**
 * The steps with a fault in them.
 *
 * @throws UserError where the recording has too few publishes or deliveries for it, or it would change nothing; the steps throw it too
 */
export function withFault(steps: Steps, fault: Fault, { where, firstId }: FaultPlace): Steps {
  const target = targetOf(steps, fault, where)
  // Each time that the steps are gone through, the same entries have the same numbers: faults that follow are about some of them.
  const ids = (): NewIds => {
    let next = firstId
    return () => next++
  }
  switch (fault.kind) {
    case 'duplicate_delivery':
      return () => taken(duplicate(steps, fault, target, ids()), firstId, where)
    case 'late_delivery':
      return () => late(steps, fault, target, where)
    case 'reorder':
      return () => reorder(steps, fault, target, where)
    case 'poison_message':
      return () => poison(steps, fault, target, where)
    case 'refused_publish':
      return () => refuse(steps, fault, target, ids())
    case 'lost_confirm':
      return () => taken(loseConfirm(steps, target, ids()), firstId, where)
    case 'rebalance':
      return () => taken(rebalance(steps, fault, target, ids()), firstId, where)
    case 'broker_gone':
      return () => brokerGone(steps, target, ids())
  }
}

/** The delivery or publish that a fault is about. */
function targetOf(steps: Steps, fault: Fault, where: string): Step {
  const [role, nth] =
    'publish' in fault ? (['publish', fault.publish] as const) : (['delivery', fault.delivery] as const)
  let seen = 0
  for (const step of steps()) {
    if (step.role !== role || step.half !== 'begin' || ++seen < nth) continue
    if (role === 'publish') checkPublish(step.fields(), fault, where)
    return step
  }
  const what = role === 'publish' ? 'publishes' : 'deliveries'
  if (seen === 0) {
    throw new UserError(
      `${where}: the recording has no ${what} of a driver, so that ${role} ${nth} is not there; one that vcr made at the socket has none, give one of the lab or of openVcr`,
    )
  }
  throw new UserError(
    `${where}: ${role} ${nth} is not there, the recording has ${seen === 1 ? `1 ${role}` : `${seen} ${what}; give a number from 1 to ${seen}`}`,
  )
}

/** What failed has no answer of the broker, and what was refused no confirm. */
function checkPublish({ err, resp }: EntryFields, fault: Fault, where: string): void {
  const was =
    err !== 0 ? 'failed' : fault.kind === 'lost_confirm' && decodeRecord(resp).ackTag === 2 ? 'was refused' : undefined
  if (was !== undefined && 'publish' in fault)
    throw new UserError(`${where}: publish ${fault.publish} ${was}; give the number of one that was confirmed`)
}

/**
 * The steps, if the program takes what a fault added to them: once it has what it waited for it leaves its loop, and nothing that comes
 * behind the last delivery before that would be seen.
 */
function* taken(steps: Iterable<Step>, firstId: number, where: string): Generator<Step> {
  const added = new Set<string>()
  for (const step of steps) {
    yield step
    if (step.role === 'delivery' && step.half === 'begin') {
      const isAdded = step.id >= firstId && step.id < firstId + idsOfFault
      if (isAdded) added.add(step.endpoint)
      else added.delete(step.endpoint)
    } else if (added.has(step.endpoint) && isLeft(step)) {
      throw new UserError(
        `${where}: no other delivery follows before the program leaves its loop, so that it would not see it; give an earlier one`,
      )
    }
  }
}

/** No delivery of the target's driver can come any more. */
function isOver(step: Step, { endpoint }: Step): boolean {
  return step.role === 'end' || (step.endpoint === endpoint && isLeft(step))
}

/** The program leaves the loop over its deliveries. */
function isLeft({ role, half, fields }: Step): boolean {
  if (role !== 'iterate' || half !== 'end') return false
  const end = readIterationEnd(fields().resp)
  return end === 'returned' || end === 'aborted'
}

function isDelivered({ role, half }: Step): boolean {
  return role === 'delivery' && half === 'end'
}

/** An entry that begins and ends here. */
function* whole(step: Step, ids: NewIds, fields: () => EntryFields): Generator<Step> {
  const id = ids()
  yield { ...step, id, half: 'begin', fields }
  yield { ...step, id, half: 'end', fields }
}

function* duplicate(
  steps: Steps,
  { after = 0, marked = true }: Of<'duplicate_delivery'>,
  target: Step,
  ids: NewIds,
): Generator<Step> {
  let left = after
  let first: Step | undefined
  function* again({ fields }: Step): Generator<Step> {
    yield* whole(target, ids, () => withMetadata(fields(), { ...metadataOf(fields()), redelivered: marked }))
    first = undefined
  }
  for (const step of steps()) {
    if (first !== undefined && isOver(step, target)) yield* again(first)
    yield step
    if (!isDelivered(step)) continue
    if (step.id === target.id) first = step
    else if (first !== undefined) left--
    if (first !== undefined && left === 0) yield* again(first)
  }
  if (first !== undefined) yield* again(first)
}

function* late(steps: Steps, { by }: Of<'late_delivery'>, target: Step, where: string): Generator<Step> {
  yield* held(steps, by, {
    target,
    unmoved: `${where}: no later delivery of its topic and key comes before the program leaves its loop, so that it would not be late; give an earlier one`,
    holds: ({ id }) => id === target.id,
    counts: ({ id, stream }) => stream === target.stream && id !== target.id,
  })
}

function* reorder(steps: Steps, { by }: Of<'reorder'>, target: Step, where: string): Generator<Step> {
  let begun = false
  yield* held(steps, by, {
    target,
    unmoved: `${where}: no delivery of another partition, or of another topic and key, follows before the program leaves its loop, so that the order would stay; give an earlier one`,
    holds: ({ id, lane }) => (begun ||= id === target.id) && lane === target.lane,
    counts: ({ lane }) => lane !== target.lane,
  })
}

interface Holding {
  readonly target: Step
  readonly holds: (step: Step) => boolean
  readonly counts: (step: Step) => boolean
  /** What is wrong where nothing that counts follows. */
  readonly unmoved: string
}

/** Keeps deliveries back until so many others were settled, or there are no more before the program leaves its loop. */
function* held(steps: Steps, by: number, { target, holds, counts, unmoved }: Holding): Generator<Step> {
  let back: Step[] = []
  let left = by
  const rest = (): Step[] => {
    if (back.length > 0 && left === by) throw new UserError(unmoved)
    left = 0
    return back.splice(0)
  }
  for (const step of steps()) {
    if (isOver(step, target)) {
      yield* rest()
    } else if (step.role === 'delivery' && left > 0 && holds(step)) {
      back.push(step)
      continue
    }
    yield step
    if (back.length === 0 || !isDelivered(step) || !counts(step) || --left > 0) continue
    yield* back
    back = []
  }
  yield* rest()
}

function* poison(
  steps: Steps,
  { delivery, value }: Of<'poison_message'>,
  target: Step,
  where: string,
): Generator<Step> {
  const recorded = target.fields()
  if (Buffer.compare(withValue(recorded, Buffer.from(value)).req, recorded.req) === 0)
    throw new UserError(`${where}: delivery ${delivery} has this very value in the recording; give another`)
  for (const step of steps()) {
    if (step.id === target.id) yield { ...step, fields: () => withValue(step.fields(), Buffer.from(value)) }
    else yield step
  }
}

/** The program hears of it before anything else happens to it, and publishes again at once. */
function* refuse(
  steps: Steps,
  { reason = 'the broker refused it' }: Of<'refused_publish'>,
  target: Step,
  ids: NewIds,
): Generator<Step> {
  const no: Step = { ...target, id: ids(), fields: () => refused(target.fields(), reason) }
  let waiting: Step | undefined
  for (const step of steps()) {
    const fromBroker = step.role === 'publish' ? step.half === 'end' : step.role === 'delivery' && step.half === 'begin'
    if (waiting !== undefined && (fromBroker || step.role === 'end')) {
      yield { ...no, half: 'end' }
      yield waiting
      waiting = undefined
    }
    if (step.id === target.id && step.half === 'begin') {
      yield { ...no, half: 'begin' }
      waiting = step
    } else yield step
  }
}

/** The broker has the message twice, the second one right behind the first; the confirm that comes is the second one's. */
function* loseConfirm(steps: Steps, target: Step, ids: NewIds): Generator<Step> {
  const answer = metadataOf(target.fields())
  const name = ['offset', 'position'].find((one) => typeof answer[one] === 'string')
  const place = name === undefined ? undefined : Number(answer[name])
  const topic = target.stream.slice(0, target.stream.indexOf('\0'))
  const { req } = target.fields()
  let copied = false
  for (const step of steps()) {
    if (step.role !== 'publish' && step.role !== 'delivery') {
      yield step
      continue
    }
    const fields = step.half === 'end' ? step.fields() : undefined
    if (fields === undefined || fields.err !== 0) {
      yield step
      continue
    }
    const metadata = metadataOf(fields)
    const isThere =
      place !== undefined && step.stream.startsWith(`${topic}\0`) && metadata['partition'] === answer['partition']
    if (step.id === target.id) {
      const { sent } = metadata
      const now: Metadata =
        name === undefined
          ? { ...metadata, sent: (typeof sent === 'number' ? sent : 1) + 1 }
          : { ...metadata, [name]: String((place ?? 0) + 1) }
      yield { ...step, fields: () => withMetadata(step.fields(), now) }
      continue
    }
    yield isThere ? { ...step, fields: () => withMetadata(step.fields(), behind(metadata, place)) } : step
    const isIt = isThere
      ? metadata[name ?? ''] === answer[name ?? '']
      : place === undefined && Buffer.compare(fields.req, req) === 0
    if (copied || step.role !== 'delivery' || !isIt) continue
    copied = true
    yield* whole(step, ids, () =>
      name === undefined
        ? step.fields()
        : withMetadata(step.fields(), { ...metadata, [name]: String((place ?? 0) + 1) }),
    )
  }
}

/** Offsets behind a place that another message has now. */
function behind(metadata: Metadata, place: number): Metadata {
  const moved = ['offset', 'position', 'committed', 'highWatermark'].flatMap((name) => {
    const value = metadata[name]
    return typeof value === 'string' && Number(value) > place ? [[name, String(Number(value) + 1)] as const] : []
  })
  return { ...metadata, ...Object.fromEntries(moved) }
}

function* rebalance(steps: Steps, { again }: Of<'rebalance'>, target: Step, ids: NewIds): Generator<Step> {
  let last: Step[] = []
  let done = false
  for (const step of steps()) {
    if (!isDelivered(step)) {
      yield step
      continue
    }
    if (done) {
      yield { ...step, fields: () => withMetadata(step.fields(), rebalanced(metadataOf(step.fields()))) }
      continue
    }
    yield step
    if (step.lane === target.lane || target.wire === 'amqp') last = [...last, step].slice(-again)
    if (step.id !== target.id) continue
    done = true
    const offset = last[0] === undefined ? undefined : metadataOf(last[0].fields())['offset']
    for (const one of last) {
      yield* whole(one, ids, () => {
        const metadata = rebalanced(metadataOf(one.fields()))
        // The group goes on where it had committed: before what comes again.
        const committed = typeof metadata['committed'] === 'string' && offset !== undefined ? { committed: offset } : {}
        return withMetadata(one.fields(), { ...metadata, ...committed, redelivered: true })
      })
    }
  }
}

function rebalanced(metadata: Metadata): Metadata {
  const { rebalances } = metadata
  return typeof rebalances === 'number' ? { ...metadata, rebalances: rebalances + 1 } : metadata
}

function* brokerGone(steps: Steps, target: Step, ids: NewIds): Generator<Step> {
  const { errno } = driverErrors.connection_lost
  const open = new Map<number, Step>()
  const endpoint = Buffer.from(target.fields().key).toString()
  for (const step of steps()) {
    if (step.half === 'begin') open.set(step.id, step)
    else open.delete(step.id)
    yield step
    if (step.id === target.id && step.half === 'end') break
  }
  const { deliverOp } = wires[target.wire ?? 'amqp']
  const gone = `consume from ${endpoint}: the connection was lost, and the broker did not come back`
  yield* whole({ ...target, role: 'other' }, ids, () => failed(plainEntry(deliverOp, target.fields().key), errno, gone))
  for (const step of open.values()) {
    if (step.role === 'publish') {
      const lost = `publish to ${endpoint}: the connection was lost, and the broker did not come back`
      yield { ...step, half: 'end', fields: () => failed(step.fields(), errno, lost) }
    } else if (step.role === 'iterate') {
      yield { ...step, half: 'end', fields: () => ({ ...step.fields(), resp: canonicalJsonBytes({ end: 'failed' }) }) }
    }
  }
}
