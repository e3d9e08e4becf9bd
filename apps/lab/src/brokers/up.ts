import { composeDown, composeProject, composeUp, findEngine } from './docker/compose.ts'
import { endRecorded } from './end-recorded.ts'
import { launch, READY_TIMEOUT_MS } from './launch.ts'
import { LaunchError } from './launcher.ts'
import { NATIVE_WAYS } from './native-ways.ts'
import { heldBy, probe } from './probe/probe.ts'
import { waitReady } from './probe/wait-ready.ts'
import { brokerFolder } from './state/folders.ts'
import { recordedBroker, recordRuns } from './state/liveness.ts'
import { withLock } from './state/lock.ts'
import { type BrokerRecord, readRecord, removeRecord, writeRecord } from './state/record.ts'
import { withSystemErrors } from './system-errors.ts'
import {
  type Attempt,
  BROKER_HOST,
  BROKER_NAMES,
  type BrokerDeps,
  type BrokerKind,
  type BrokerSettings,
  DEFAULT_PORTS,
  type RunningBroker,
  type StartableWay,
  type UpResult,
} from './types.ts'

/** What is to be brought up, and where its record lies. */
type Target = {
  readonly kind: BrokerKind
  readonly port: number
  readonly folder: string
  readonly settings: BrokerSettings
}

/**
 * Brings up a broker on 127.0.0.1: one that already answers, else through the Docker engine, else from the programs of
 * this machine. Returns when it answers a real request of its protocol; it outlives the calling process, and `down`
 * ends it. Calling it again is harmless, at the same time too.
 * @throws AbortError on the signal of `deps`; UserError when the state folder cannot be used
 */
export function up(kind: BrokerKind, deps: BrokerDeps, settings: BrokerSettings = {}): Promise<UpResult> {
  return withSystemErrors(`bring up ${BROKER_NAMES[kind]}`, () => bringUp(kind, deps, settings))
}

async function bringUp(kind: BrokerKind, deps: BrokerDeps, settings: BrokerSettings): Promise<UpResult> {
  const port = settings.port ?? DEFAULT_PORTS[kind]
  const target: Target = { kind, port, folder: brokerFolder(kind, port, deps.env, settings), settings }
  // A broker of somebody else needs neither lock nor state folder.
  const first = await alreadyThere(target, deps)
  if (first?.outcome === 'up' && first.way === 'listening') return first
  return withLock(target.folder, { clock: deps.clock, signal: deps.signal }, async () => {
    await tidyUp(target, deps)
    return (await alreadyThere(target, deps)) ?? (await startSomehow(target, deps))
  })
}

/** The result when the port is taken, by a broker or by something else; undefined when it is free. */
async function alreadyThere({ kind, port, folder }: Target, deps: BrokerDeps): Promise<UpResult | undefined> {
  const found = await probe(kind, BROKER_HOST, port)
  if (found.outcome === 'free') return undefined
  if (found.outcome !== 'answers') return { outcome: 'port-held', kind, host: BROKER_HOST, port, seen: heldBy(found) }
  const record = await readRecord(folder)
  if (record !== undefined && (await recordRuns(record, deps))) {
    return { outcome: 'up', startedNow: false, ...recordedBroker(record, found.version) }
  }
  const { outcome: _, ...said } = found
  return { outcome: 'up', startedNow: false, kind, way: 'listening', host: BROKER_HOST, port, ...said }
}

/** Holding the lock, a record of a start tells of a starter that was killed: its broker is adopted or ended. */
async function tidyUp({ kind, port, folder }: Target, deps: BrokerDeps): Promise<void> {
  const record = await readRecord(folder)
  if (record === undefined) return
  const answers = (await probe(kind, BROKER_HOST, port)).outcome === 'answers'
  const runs = await recordRuns(record, deps)
  if (runs && answers) {
    if (record.phase === 'starting') await writeRecord(folder, { ...record, phase: 'ready' })
    return
  }
  if (runs && record.phase === 'ready')
    deps.progress?.('the broker that the lab started does not answer: starting it anew')
  await endRecorded(folder, record, deps)
}

/** Tries the ways in order until one gives a broker. */
async function startSomehow(target: Target, deps: BrokerDeps): Promise<UpResult> {
  const { kind, port, settings } = target
  const ways = settings.ways ?? ['docker', NATIVE_WAYS[kind].way]
  const tried: Attempt[] = []
  for (const way of ways) {
    const result = way === 'docker' ? await startContainer(target, deps) : await startNative(way, target, deps)
    if (!('reason' in result)) return { outcome: 'up', startedNow: true, ...result }
    tried.push(result)
  }
  return { outcome: 'unavailable', kind, host: BROKER_HOST, port, tried }
}

async function startContainer(target: Target, deps: BrokerDeps): Promise<RunningBroker | Attempt> {
  const { kind, port, folder, settings } = target
  const engine = await findEngine(deps)
  if (!engine.found) return engine
  deps.progress?.(`starting a container on ${BROKER_HOST}:${port}`)
  const project = composeProject(kind, port)
  const record: BrokerRecord = { schema: 1, kind, way: 'docker', port, phase: 'starting', processes: [], project }
  await writeRecord(folder, record)
  try {
    const failed = await composeUp(engine.command, kind, port, deps)
    if (failed !== undefined) return await giveUpContainer(target, deps, failed)
    const timeoutMs = settings.readyTimeoutMs ?? READY_TIMEOUT_MS
    const ready = await waitReady(kind, port, { clock: deps.clock, timeoutMs, alive: healthy, ...signalOf(deps) })
    if (ready.outcome !== 'ready') {
      const reason = `the container is healthy but nothing answers on ${BROKER_HOST}:${port}`
      return await giveUpContainer(target, deps, {
        way: 'docker',
        reason,
        advice: `look at docker compose -p ${project} logs`,
      })
    }
    const version = ready.version === undefined ? {} : { version: ready.version }
    const kept: BrokerRecord = { ...record, phase: 'ready', ...version }
    await writeRecord(folder, kept)
    return recordedBroker(kept)
  } catch (error) {
    await composeDown(kind, port, deps)
    await removeRecord(folder)
    throw error
  }
}

/** Removes what a failed start left. That Docker may refuse this too is part of the same trouble. */
async function giveUpContainer({ kind, port, folder }: Target, deps: BrokerDeps, failed: Attempt): Promise<Attempt> {
  try {
    await composeDown(kind, port, deps)
  } catch (error) {
    return { ...failed, reason: `${failed.reason}; ${error instanceof Error ? error.message : String(error)}` }
  }
  await removeRecord(folder)
  return failed
}

async function startNative(way: StartableWay, target: Target, deps: BrokerDeps): Promise<RunningBroker | Attempt> {
  const { kind, port, folder, settings } = target
  const native = NATIVE_WAYS[kind]
  if (native.way !== way) throw new TypeError(`bring up ${kind}: ${way} is no way to run it`)
  const found = await native.find(deps, settings)
  if (!found.found) return found
  deps.progress?.(`starting ${way} on ${BROKER_HOST}:${port}`)
  const base = { schema: 1, kind, way, port } as const
  try {
    const place = { folder, port, readyTimeoutMs: settings.readyTimeoutMs }
    const node = await launch(native, found.launcher, place, deps, (processes) =>
      writeRecord(folder, { ...base, phase: 'starting', processes }),
    )
    const record: BrokerRecord = { ...base, phase: 'ready', ...node }
    await writeRecord(folder, record)
    return recordedBroker(record)
  } catch (error) {
    await removeRecord(folder)
    if (error instanceof LaunchError) return { way, reason: error.message, advice: error.advice }
    throw error
  }
}

/** Docker has just called the container healthy. */
function healthy(): Promise<boolean> {
  return Promise.resolve(true)
}

function signalOf(deps: BrokerDeps): { signal?: AbortSignal } {
  return deps.signal === undefined ? {} : { signal: deps.signal }
}
