import { DriverError } from '@x07-lab/msg-core'
import { defaultRetry } from './connection/backoff.ts'
import { defaultConnectTimeoutMs, defaultHeartbeatMs, dial, givenBy, type DialOptions } from './connection/dial.ts'
import { startSession } from './connection/session.ts'
import { Consumer } from './consume/consumer.ts'
import { AmqpDriverOverSession, defaultTopologyId, type AmqpDriver } from './driver.ts'
import { consumersOf, unroutableRule } from './consumers.ts'
import { checkTopology } from './config/topology.ts'
import { readAmqpUrl } from './config/url.ts'
import { ReplyQueue } from './consume/reply-queue.ts'
import { namesOf } from './names.ts'
import type { AmqpOptions } from './options.ts'
import { Publisher } from './publish/publisher.ts'
import { systemTimers } from '@x07-lab/msg-core/kit'

/**
 * Connects to a broker and gives the driver for one topology of it. The topology is declared by `ensureTopology`.
 *
 * @throws DriverError `unreachable`, `auth_refused`, `access_denied`, `tls_failed`, `protocol` from the connection;
 *   `invalid_config` for credentials that are not there or a queue that is not in the topology; `aborted`
 */
export async function openAmqp(options: AmqpOptions): Promise<AmqpDriver> {
  const resolved = resolve(options)
  const { profile, topology, endpoint = profile.id, timers = systemTimers, random = Math.random } = resolved
  const { limits } = profile
  const doing = `open broker ${profile.id}`
  checkTopology(topology, (problem) => new DriverError('invalid_config', `${doing}: topology: ${problem}`))
  const names = namesOf(topology, options.physical ?? ((name) => name))
  const { subscriptions, replies } = consumersOf(topology, profile, names, doing, options.queues)
  const replyQueue = replies ? { replies: new ReplyQueue(endpoint) } : {}
  const session = startSession({
    dial: (signal) => dial(resolved, signal),
    broker: `${profile.id} at ${profile.host}:${profile.port}`,
    retry: { ...defaultRetry, ...options.retry },
    timers,
    random,
    log: options.log ?? (() => undefined),
  })
  const publisher = new Publisher({
    session,
    names,
    endpoint,
    topologyId: topology.id ?? defaultTopologyId,
    answersUnroutable: unroutableRule(topology),
    ...replyQueue,
    maxBodyBytes: limits.maxBodyBytes,
    givenBy: givenBy(options),
    maxUnconfirmed: options.maxUnconfirmed ?? defaultMaxUnconfirmed,
    maxUnconfirmedBytes: options.maxUnconfirmedBytes ?? defaultMaxUnconfirmedBytes,
    confirmTimeoutMs: options.confirmTimeoutMs ?? defaultConfirmTimeoutMs,
    timers,
  })
  const consumer = new Consumer({
    session,
    names,
    endpoint,
    subscriptions,
    ...replyQueue,
    maxPollItems: limits.maxPollItems,
    returnTimeoutMs: options.returnTimeoutMs ?? defaultReturnTimeoutMs,
    releaseTimeoutMs: releaseTimeoutOf(resolved.heartbeatMs ?? defaultHeartbeatMs),
    idleTimeoutMs: options.idleTimeoutMs ?? defaultIdleTimeoutMs,
    timers,
    log: options.log ?? (() => undefined),
  })
  const driver = new AmqpDriverOverSession({
    endpoint,
    topology,
    names,
    session,
    publisher,
    consumer,
    timers,
    closeTimeoutMs: options.connectTimeoutMs ?? defaultConnectTimeoutMs,
  })
  const { signal } = options
  const stop = (): void => session.end()
  signal?.addEventListener('abort', stop, { once: true })
  try {
    if (signal?.aborted === true) stop()
    await session.open([driver, publisher, consumer])
    if (signal?.aborted === true) {
      session.connection?.destroy(undefined)
      throw new DriverError('aborted', `open broker ${profile.id}: aborted by the caller`, { cause: signal.reason })
    }
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  return driver
}

/** Enough to keep a broker busy over a fast network, few enough to send again after a loss. */
const defaultMaxUnconfirmed = 1_024

/** The options with the profile that a URL comes to. What is given beside the URL counts more than what it says. */
function resolve(options: AmqpOptions): DialOptions {
  const { profile, url, endpoint = 'amqp' } = options
  if (profile !== undefined && url === undefined) return { ...options, profile }
  if (profile !== undefined || url === undefined) {
    throw new DriverError('invalid_config', 'open broker: give one of profile and url')
  }
  const { secrets, ...said } = readAmqpUrl(url, endpoint)
  return { ...said, ...options, profile: said.profile, secrets }
}

const defaultMaxUnconfirmedBytes = 16 * 1_048_576

/** Longer than a broker takes to write to a slow disk. */
const defaultConfirmTimeoutMs = 15_000

/** Rare enough to cost nothing. */
const defaultIdleTimeoutMs = 10_000

/** Far above a round trip to a broker that is busy, and short for somebody who waits. */
const defaultReturnTimeoutMs = 500

/** The broker gives a silent peer up after two heartbeats, and looks once a heartbeat; without heartbeats TCP tells it, or nothing. */
function releaseTimeoutOf(heartbeatMs: number): number {
  return heartbeatMs === 0 ? 30_000 : 3 * heartbeatMs
}
