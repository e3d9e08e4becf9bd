import { driverErrors } from '@x07-lab/msg-core/driver'
import { canonicalJsonBytes, wires } from '@x07-lab/msg-core/format'
import type { Metadata } from '@x07-lab/msg-core'
import type { EntryFields } from '@x07-lab/msg-core/format'
import { UserError } from '../user-error.ts'
import type { FaultPlan } from './plan.generated.ts'
import {
  failed,
  metadataOf,
  plainEntry,
  refused,
  withMetadata,
  withValue,
  type Step,
  type StepRole,
  type Steps,
} from './steps.ts'

export type Fault = FaultPlan['faults'][number]
type Of<Kind extends Fault['kind']> = Extract<Fault, { kind: Kind }>

/** Numbers for entries that the recording does not have. */
export type NewIds = () => number

/**
 * The steps with a fault in them.
 *
 * @throws UserError where the recording has too few publishes or deliveries for it
 */
export function withFault(steps: Steps, fault: Fault, ids: NewIds): Steps {
  switch (fault.kind) {
    case 'duplicate_delivery':
      return () => duplicate(steps, fault, targetOf(steps, 'delivery', fault.delivery), ids)
    case 'late_delivery':
      return () => late(steps, fault, targetOf(steps, 'delivery', fault.delivery))
    case 'reorder':
      return () => reorder(steps, fault, targetOf(steps, 'delivery', fault.delivery))
    case 'poison_message':
      return () => poison(steps, fault, targetOf(steps, 'delivery', fault.delivery))
    case 'refused_publish':
      return () => refuse(steps, fault, targetOf(steps, 'publish', fault.publish), ids)
    case 'lost_confirm':
      return () => loseConfirm(steps, targetOf(steps, 'publish', fault.publish), ids)
    case 'rebalance':
      return () => rebalance(steps, fault, targetOf(steps, 'delivery', fault.delivery), ids)
    case 'broker_gone':
      return () => brokerGone(steps, targetOf(steps, 'delivery', fault.delivery), ids)
  }
}

function targetOf(steps: Steps, role: StepRole, nth: number): Step {
  let seen = 0
  for (const step of steps()) if (step.role === role && step.half === 'begin' && ++seen === nth) return step
  const what = role === 'publish' ? 'publishes' : 'deliveries'
  if (seen === 0) {
    throw new UserError(
      `fault: the recording has no ${what} of a driver, so that ${role} ${nth} is not there; one that vcr made at the socket has none, give one of the lab or of openVcr`,
    )
  }
  throw new UserError(
    `fault: ${role} ${nth} is not there, the recording has ${seen} ${what}; give a number from 1 to ${seen}`,
  )
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
    if (first !== undefined && step.role === 'end') yield* again(first)
    yield step
    if (!isDelivered(step)) continue
    if (step.id === target.id) first = step
    else if (first !== undefined) left--
    if (first !== undefined && left === 0) yield* again(first)
  }
  if (first !== undefined) yield* again(first)
}

function* late(steps: Steps, { by }: Of<'late_delivery'>, target: Step): Generator<Step> {
  yield* held(steps, by, {
    holds: ({ id }) => id === target.id,
    counts: ({ id, stream }) => stream === target.stream && id !== target.id,
  })
}

function* reorder(steps: Steps, { by }: Of<'reorder'>, target: Step): Generator<Step> {
  let begun = false
  yield* held(steps, by, {
    holds: ({ id, lane }) => (begun ||= id === target.id) && lane === target.lane,
    counts: ({ lane }) => lane !== target.lane,
  })
}

/** Keeps deliveries back until so many others were settled, or there are no more. */
function* held(
  steps: Steps,
  by: number,
  { holds, counts }: Record<'holds' | 'counts', (step: Step) => boolean>,
): Generator<Step> {
  let back: Step[] = []
  let left = by
  for (const step of steps()) {
    if (step.role === 'end') {
      yield* back
      back = []
    } else if (step.role === 'delivery' && left > 0 && holds(step)) {
      back.push(step)
      continue
    }
    yield step
    if (back.length === 0 || !isDelivered(step) || !counts(step) || --left > 0) continue
    yield* back
    back = []
  }
  yield* back
}

function* poison(steps: Steps, { value }: Of<'poison_message'>, target: Step): Generator<Step> {
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
