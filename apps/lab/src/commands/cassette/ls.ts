import { hashFile } from '@x07-lab/msg-core/kit'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { RrError } from '@x07-lab/msg-core'
import {
  CASSETTE_FOLDER,
  checkSeal,
  laterParts,
  NO_LIMITS,
  openGrowing,
  openReader,
  wires,
  type CassetteReader,
  type Seal,
  partialEnding,
} from '@x07-lab/msg-core/format'
import { cassetteNames } from '@x07-lab/msg-core/run'
import { isSocketOp } from '../../delivery/feed.ts'
import { messagesOf, viewEntry } from '../../inspect/entry-view.ts'
import { readJsonFile } from '@x07-lab/msg-core/json'
import { exitCodes } from '../../user-error.ts'
import type { CommandResult } from '../result.ts'
import { findLeftovers } from './leftovers.ts'

/** A cassette of the project, in a row. */
interface Row {
  readonly name: string
  /** Of all parts. */
  readonly bytes: number
  /** In how many files it is. */
  readonly parts: number
  /** Day on which the file was last written, `YYYY-MM-DD`. */
  readonly date: string
  readonly broker: string | null
  /** Published and delivered messages; null where to count them would take a look into more than 200,000 entries of the socket. */
  readonly messages: number | null
  /** Of an unfinished recording those that are whole so far; null where the file cannot be read. */
  readonly entries: number | null
  /** False for a recording that is under way or was cut off. */
  readonly finished: boolean
  readonly seal: 'sealed' | 'unsealed' | 'broken' | 'unreadable'
  /** Whether the lock names it with these bytes: `changed` where it names others. */
  readonly pinned: boolean | 'changed'
  /** Whether the contracts have changed since it was recorded; null where it does not say under which it was. */
  readonly stale: boolean | null
}

/** Lists the cassettes of the project. */
export async function ls(root: string): Promise<CommandResult> {
  const pins = readPins(root)
  const contracts = hashOf(join(root, 'arch', 'contracts.lock.json'))
  const rows: Row[] = []
  for (const name of cassetteNames(root)) rows.push(await rowOf(root, name, pins, contracts))
  const leftovers = findLeftovers(root, Date.now()).filter(({ inUse }) => !inUse)
  return {
    document: { cassettes: rows, leftovers: leftovers.map(({ name }) => name) },
    lines: [
      ...(rows.length === 0 ? ['no cassettes; pnpm lab record makes one'] : table(rows)),
      ...(leftovers.length === 0
        ? []
        : [`${leftovers.length} left over from runs that ended early; pnpm lab cassette clean removes them`]),
    ],
    exitCode: exitCodes.ok,
  }
}

async function rowOf(
  root: string,
  name: string,
  pins: ReadonlyMap<string, string>,
  contracts: string | undefined,
): Promise<Row> {
  const path = join(root, CASSETTE_FOLDER, name)
  const { mtime } = statSync(path)
  const files = [path, ...laterParts(path)]
  const pin = pins.get(`${CASSETTE_FOLDER}/${name}`)
  const base = {
    name,
    bytes: files.reduce((sum, file) => sum + statSync(file).size, 0),
    parts: files.length,
    date: mtime.toISOString().slice(0, 10),
    finished: !name.endsWith(partialEnding),
    pinned: pin === undefined ? false : pin === hashesOf(files) ? true : ('changed' as const),
  }
  try {
    using cassette = openReader(path, { limits: NO_LIMITS, name })
    const seal = checkSeal(cassette, path)
    const under = seal.kind === 'sealed' ? seal.seal['contracts_lock_sha256'] : undefined
    return {
      ...base,
      broker: seal.kind === 'sealed' ? brokerOf(seal.seal) : null,
      messages: messagesIn(cassette),
      entries: cassette.count,
      seal: seal.kind,
      stale: typeof under === 'string' ? under !== contracts : null,
    }
  } catch (error) {
    if (!(error instanceof RrError)) throw error
    return { ...base, ...(base.finished ? nothing : soFar(path)), broker: null, seal: 'unreadable', stale: null }
  }
}

const nothing = { messages: 0, entries: null } as const

/** What a recording that is under way, or was cut off, has that is whole. */
function soFar(path: string): Pick<Row, 'messages' | 'entries'> {
  try {
    using cassette = openGrowing(path)
    cassette.readOn()
    return { messages: messagesIn(cassette), entries: cassette.count }
  } catch (error) {
    if (!(error instanceof RrError)) throw error
    return nothing
  }
}

function brokerOf({ driver }: Seal): string | null {
  const broker = typeof driver === 'object' && driver !== null && 'broker' in driver ? driver.broker : undefined
  return typeof broker === 'string' ? broker : null
}

const messageOps = new Set(Object.values(wires).flatMap(({ publishOp, deliverOp }) => [publishOp, deliverOp]))

/** An entry of the socket has to be decoded to say whether it holds messages. */
const maxDecoded = 200_000

/** What an entry of a lane holds. */
const oneMessage = 1
const anyNumber = 2

function messagesIn(cassette: CassetteReader): number | null {
  const holds = new Uint8Array(cassette.lanes.size)
  let lanes = 0
  for (const { op } of cassette.lanes.values()) {
    const name = Buffer.from(op.buffer, op.byteOffset, op.byteLength).toString()
    holds[lanes++] = messageOps.has(name) ? oneMessage : isSocketOp(name) ? anyNumber : 0
  }
  if (holds.includes(anyNumber) && cassette.count > maxDecoded) return null
  let messages = 0
  for (let entry = 0; entry < cassette.count; entry++) {
    const held = holds[cassette.lane(entry)]
    if (held === oneMessage) messages++
    else if (held === anyNumber) messages += messagesOf(viewEntry(cassette, entry)).length
  }
  return messages
}

/** What the lock of the cassettes pins by path, as {@link hashesOf}; empty where there is none that can be read. */
function readPins(root: string): ReadonlyMap<string, string> {
  try {
    const lock = readJsonFile(join(root, CASSETTE_FOLDER, 'cassettes.lock.json')) as {
      readonly cassettes?: Readonly<
        Record<string, { readonly sha256?: string; readonly parts?: readonly PinnedPart[] }>
      >
    }
    return new Map(
      Object.entries(lock.cassettes ?? {}).map(([path, { sha256 = '', parts = [] }]) => [
        path,
        [sha256, ...parts.map((part) => part.sha256)].join(' '),
      ]),
    )
  } catch {
    return new Map()
  }
}

interface PinnedPart {
  readonly sha256: string
}

/** SHA-256 of each file, in a row. */
function hashesOf(files: readonly string[]): string {
  return files.map((file) => hashOf(file) ?? '').join(' ')
}

function hashOf(path: string): string | undefined {
  try {
    return hashFile(path).sha256
  } catch {
    return undefined
  }
}

function counted(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`
}

function table(rows: readonly Row[]): string[] {
  const cells = rows.map((row) => [
    String(row.bytes),
    row.date,
    row.broker ?? '-',
    row.messages === null
      ? counted(row.entries ?? 0, 'entry', 'entries')
      : counted(row.messages, 'message', 'messages'),
    [
      row.finished ? row.seal : 'unfinished',
      ...(row.pinned === true ? ['pinned'] : row.pinned === 'changed' ? ['changed since it was pinned'] : []),
      ...(row.stale === true ? ['stale'] : []),
    ].join(', '),
    `${row.name}${row.parts === 1 ? '' : ` in ${row.parts} parts`}`,
  ])
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? []
  return cells.map((row) =>
    row
      .map((cell, column) => {
        const width = column === row.length - 1 ? 0 : (widths[column] ?? 0)
        return column === 0 ? cell.padStart(width) : cell.padEnd(width)
      })
      .join('  '),
  )
}
