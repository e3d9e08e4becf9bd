import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { errorCode } from '../error-code.ts'
import { isIdentity, type ProcessIdentity } from '../process/identity.ts'
import type { BrokerKind, StartableWay } from '../types.ts'

/**
 * What the lab remembers of a broker that it started, so that another call can find it, and end it and nothing else.
 * Written with phase `starting` as soon as there is something to end, with `ready` when the broker answered.
 */
export type BrokerRecord = {
  readonly schema: 1
  readonly kind: BrokerKind
  readonly way: StartableWay
  readonly port: number
  readonly phase: 'starting' | 'ready'
  readonly version?: string
  readonly logFolder?: string
  /** Main process first; empty for Docker. */
  readonly processes: readonly ProcessIdentity[]
  /** Compose project, for Docker only. */
  readonly project?: string
}

const RECORD_FILE = 'broker.json'

/** The record in a broker's folder; undefined when there is none or it cannot be understood. */
export async function readRecord(folder: string): Promise<BrokerRecord | undefined> {
  let text: string
  try {
    text = await readFile(join(folder, RECORD_FILE), 'utf8')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

/** Replaces the record in one step: a reader sees the old one or the new one. */
export async function writeRecord(folder: string, record: BrokerRecord): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const next = join(folder, `${RECORD_FILE}.next`)
  await writeFile(next, `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 })
  await rename(next, join(folder, RECORD_FILE))
}

/** Forgets the broker; its data and logs stay. */
export async function removeRecord(folder: string): Promise<void> {
  await rm(join(folder, RECORD_FILE), { force: true })
}

/** A record written by another version or a broken disk must not lead to a signal to some process. */
function isRecord(value: unknown): value is BrokerRecord {
  if (typeof value !== 'object' || value === null) return false
  const record = value as Partial<Record<keyof BrokerRecord, unknown>>
  return (
    record.schema === 1 &&
    (record.kind === 'amqp' || record.kind === 'kafka') &&
    (record.way === 'docker' || record.way === 'rabbitmq-server' || record.way === 'kafka-jar') &&
    Number.isInteger(record.port) &&
    (record.phase === 'starting' || record.phase === 'ready') &&
    (record.version === undefined || typeof record.version === 'string') &&
    (record.logFolder === undefined || typeof record.logFolder === 'string') &&
    (record.project === undefined || typeof record.project === 'string') &&
    Array.isArray(record.processes) &&
    record.processes.every(isIdentity)
  )
}
