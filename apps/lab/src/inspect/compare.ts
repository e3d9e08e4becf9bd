import { hash } from 'node:crypto'
import type { Json } from '@x07-lab/msg-core'
import { decodeEntry, wires, type CassetteReader } from '@x07-lab/msg-core/format'
import { align, type FieldDifference } from '@x07-lab/msg-core/playback'
import { messagesOf, viewEntry, type EntryView, type Placed } from './entry-view.ts'
import { readMessage } from './readings/index.ts'
import { json, keyText, utf8 } from './readings/reading.ts'
import { headerLine } from './render.ts'

/** One place where two cassettes differ. */
export interface EntryDifference {
  readonly lane: string
  readonly op: string
  /** Entry of the first; undefined where the second has one more. */
  readonly before: number | undefined
  /** Entry of the second; undefined where it has one less. */
  readonly after: number | undefined
  readonly fields: readonly FieldDifference[]
}

/** Names of consumers and queues that RabbitMQ makes anew in every run. */
const brokerNames = /amq\.(ctag|gen)-[A-Za-z0-9_-]+/g

/** Characters of a value that are shown. */
const shownCharacters = 80
/** Levels of a JSON body that are compared one by one. */
const maxDepth = 32

/**
 * Where two cassettes differ, lane by lane: entries are aligned (longest common subsequence), so that one more among many is one
 * difference. Latencies and begin positions count only where `timing` is asked for. In lanes with more than 1,000 differences
 * entries are compared by their place.
 *
 * Memory: a number for each entry, and a digest for each of one lane at a time, its same beginning and end left out.
 */
export function* compareCassettes(
  before: CassetteReader,
  after: CassetteReader,
  { timing = false }: { readonly timing?: boolean } = {},
): Generator<EntryDifference> {
  const [left, right] = [entriesByLane(before), entriesByLane(after)]
  function* lane(op: Uint8Array, all: Uint32Array, others: Uint32Array): Generator<EntryDifference> {
    // What is the same at both ends costs no digests: of most lanes that is all there is.
    const same = sameEntries(before, after, op, timing)
    let start = 0
    while (start < all.length && start < others.length && same(all[start]!, others[start]!)) start++
    let [end, otherEnd] = [all.length, others.length]
    while (end > start && otherEnd > start && same(all[end - 1]!, others[otherEnd - 1]!))
      [end, otherEnd] = [end - 1, otherEnd - 1]
    const [one, other] = [all.subarray(start, end), others.subarray(start, otherEnd)]
    if (one.length === 0 && other.length === 0) return
    for (const [was, is] of pairs(digests(before, one, timing), digests(after, other, timing))) {
      const [entry, counterpart] = [was === undefined ? undefined : one[was], is === undefined ? undefined : other[is]]
      yield differenceOf(
        entry === undefined ? undefined : viewEntry(before, entry),
        counterpart === undefined ? undefined : viewEntry(after, counterpart),
        timing,
      )
    }
  }
  let number = 0
  for (const { kind, op, key } of before.lanes.values()) {
    yield* lane(op, left.of(number++), right.of(after.lanes.find(kind, op, key)))
  }
  number = 0
  for (const { kind, op, key } of after.lanes.values()) {
    const entries = right.of(number++)
    if (before.lanes.find(kind, op, key) === -1) yield* lane(op, noEntries, entries)
  }
}

const noEntries = new Uint32Array(0)

/** The entries of each lane, in their order. */
function entriesByLane(cassette: CassetteReader): { of(lane: number): Uint32Array } {
  // Lanes are numbered as they are first seen: where each has one entry, that is the entry of the same number.
  if (cassette.lanes.size === cassette.count) return { of: (lane) => (lane < 0 ? noEntries : Uint32Array.of(lane)) }
  const ends = new Uint32Array(cassette.lanes.size + 1)
  for (let index = 0; index < cassette.count; index++) ends[cassette.lane(index) + 1]! += 1
  for (let lane = 1; lane < ends.length; lane++) ends[lane]! += ends[lane - 1]!
  const entries = new Uint32Array(cassette.count)
  // Each lane's end moves from where it begins to where it ends.
  for (let index = 0; index < cassette.count; index++) entries[ends[cassette.lane(index)]!++] = index
  return {
    of: (lane) => (lane < 0 ? noEntries : entries.subarray(lane === 0 ? 0 : ends[lane - 1], ends[lane])),
  }
}

/** Of these ops an entry says everything itself, and everything in it counts but its latency and position. */
const plainOps = new Set([
  ...Object.values(wires).flatMap(({ publishOp, deliverOp }) => [publishOp, deliverOp]),
  'std.msg.lab.result_v1',
])

/** Whether two entries of a lane are the same, where their bytes tell: what is decoded first is never the same here. */
function sameEntries(
  before: CassetteReader,
  after: CassetteReader,
  op: Uint8Array,
  timing: boolean,
): (entry: number, other: number) => boolean {
  if (timing) return (entry, other) => Buffer.compare(before.entry(entry), after.entry(other)) === 0
  if (!plainOps.has(Buffer.from(op).toString())) return () => false
  return (entry, other) => {
    const [was, is] = [decodeEntry(before.entry(entry)), decodeEntry(after.entry(other))]
    return was.err === is.err && Buffer.compare(was.req, is.req) === 0 && Buffer.compare(was.resp, is.resp) === 0
  }
}

function digests(cassette: CassetteReader, entries: Uint32Array, timing: boolean): string[] {
  return Array.from(entries, (index) => digestOf(cassette, index, timing))
}

function digestOf(cassette: CassetteReader, index: number, timing: boolean): string {
  if (timing) return hash('sha256', cassette.entry(index), 'base64')
  const view = viewEntry(cassette, index)
  // Of what was recorded at the socket counts what it says: its bytes differ where the same was framed or compressed otherwise.
  if (view.socket === true) {
    const said = JSON.stringify([...fieldsOf(view, false)]).replaceAll(brokerNames, 'amq.$1')
    return hash('sha256', said, 'base64')
  }
  const { req, err } = view.raw
  const resp = view.kind === 'seal' && !timing ? Buffer.from(JSON.stringify(sealed(view))) : view.raw.resp
  return hash('sha256', `${err ?? '?'} ${hash('sha256', req)} ${hash('sha256', resp)}`, 'base64')
}

/** Places of the two lanes that differ; what is left out on one side and put in on the other at one place is a change. */
function* pairs(
  before: readonly string[],
  after: readonly string[],
): Generator<readonly [number | undefined, number | undefined]> {
  const edits = align(before, after)
  if (edits === undefined) {
    for (let place = 0; place < Math.max(before.length, after.length); place++) {
      if (before[place] === after[place]) continue
      yield [place < before.length ? place : undefined, place < after.length ? place : undefined]
    }
    return
  }
  let [out, put]: [number[], number[]] = [[], []]
  const settle = function* (): Generator<readonly [number | undefined, number | undefined]> {
    for (let at = 0; at < Math.max(out.length, put.length); at++) yield [out[at], put[at]]
    ;[out, put] = [[], []]
  }
  for (const edit of edits) {
    if (edit.kind === 'left_out') out.push(edit.recorded)
    else if (edit.kind === 'put_in') put.push(edit.now)
    else yield* settle()
  }
  yield* settle()
}

function differenceOf(before: EntryView | undefined, after: EntryView | undefined, timing: boolean): EntryDifference {
  const { lane = '', op = '' } = before ?? after ?? {}
  const fields: FieldDifference[] = []
  if (before !== undefined && after !== undefined) {
    const [was, is] = [fieldsOf(before, timing), fieldsOf(after, timing)]
    for (const field of new Set([...was.keys(), ...is.keys()])) {
      const [recorded, now] = [was.get(field) ?? '(absent)', is.get(field) ?? '(absent)']
      if (recorded !== now) fields.push({ field, recorded: shorten(recorded), now: shorten(now) })
    }
  }
  return { lane, op, before: before?.entry, after: after?.entry, fields }
}

/** Everything that an entry says, by path. */
function fieldsOf(view: EntryView, timing: boolean): ReadonlyMap<string, string> {
  const { message, metadata, said, outcome, reason, raw, ticks, begin } = view
  const fields = new Map<string, string>([['outcome', outcome]])
  if (timing) fields.set('latency_ticks', String(ticks)).set('seq', String(begin ?? ''))
  if (reason !== undefined) fields.set('reason', reason)
  for (const [name, value] of Object.entries(metadata)) fields.set(`metadata/${name}`, String(value))
  for (const [place, one] of messagesOf(view).entries())
    addMessage(fields, place === 0 ? '' : `message ${place + 1}/`, one)
  if (said !== undefined) {
    addJson(fields, 'fields', said.fields, 0)
    return fields
  }
  if (view.kind === 'seal' && !timing) {
    addJson(fields, 'seal', sealed(view), 0)
    return fields
  }
  if (message === undefined) {
    addBody(fields, 'req', raw.req)
    addBody(fields, 'resp', raw.resp)
  }
  return fields
}

/** What a seal says, without its digest and its length: what they are of is compared itself, and holds latencies. */
function sealed({ raw }: EntryView): Json {
  const seal = json(raw.resp)
  if (typeof seal !== 'object' || seal === null || Array.isArray(seal)) return seal ?? utf8(raw.resp) ?? hexOf(raw.resp)
  const { sha256: _, bytes: __, ...others } = seal as Readonly<Record<string, Json>>
  return others
}

/** @param at what the names of its fields begin with: nothing for the first message of an entry */
function addMessage(fields: Map<string, string>, at: string, { message, metadata }: Placed): void {
  if (at !== '')
    for (const [name, value] of Object.entries(metadata)) fields.set(`${at}metadata/${name}`, String(value))
  fields.set(`${at}topic`, message.topic).set(`${at}key`, keyText(message.key))
  for (const [place, header] of message.headers.entries()) {
    const name = `${at}headers/${header[0]}`
    fields.set(fields.has(name) ? `${name}/${place}` : name, headerLine(header).slice(header[0].length + 2))
  }
  for (const [name, value] of Object.entries(message.properties ?? {}))
    fields.set(`${at}properties/${name}`, jsonText(value))
  addBody(fields, `${at}value`, readMessage(message).body)
}

function addBody(fields: Map<string, string>, name: string, bytes: Uint8Array | null): void {
  const value = json(bytes)
  if (value !== undefined) addJson(fields, name, value, 0)
  else if (bytes === null) fields.set(name, '(null)')
  else fields.set(name, bytes.length === 0 ? '(empty)' : (utf8(bytes) ?? `0x${hexOf(bytes)}`))
}

function addJson(fields: Map<string, string>, path: string, value: Json, depth: number): void {
  const members = typeof value === 'object' && value !== null ? Object.entries(value) : []
  if (members.length === 0 || depth === maxDepth) fields.set(path, jsonText(value))
  else for (const [name, inner] of members) addJson(fields, `${path}/${name}`, inner, depth + 1)
}

function jsonText(value: Json): string {
  return JSON.stringify(value)
}

function shorten(text: string): string {
  return text.length > shownCharacters ? `${text.slice(0, shownCharacters)}… (${text.length} characters)` : text
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
}
