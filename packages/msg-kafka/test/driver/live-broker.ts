import { connect } from 'node:net'
import { openKafka, readKafkaProfile, type KafkaDriver, type KafkaOptions } from '../../src/index.ts'

/** Where the live tests find Apache Kafka; anything else on that port makes them fail, nothing there makes them skip. */
export const livePort = Number(process.env['X07_LAB_KAFKA_PORT'] ?? 9092)

/** Whether something listens; says why the tests are skipped where nothing does. */
export async function isLive(): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ host: '127.0.0.1', port: livePort })
  socket.once('connect', () => resolve(true))
  socket.once('error', (error) => {
    console.log(`skipped: no Kafka on 127.0.0.1:${livePort} (${error.message}); set X07_LAB_KAFKA_PORT or start one`)
    resolve(false)
  })
  const live = await promise
  socket.destroy()
  return live
}

export const topic = 'lab.events'

let runs = 0

/** Names that no other run uses: tests leave each other alone. */
export function freshNames(): (name: string) => string {
  const run = `t${process.pid}-${Date.now().toString(36)}-${runs++}`
  return (name) => `${name}.${run}`
}

export const profile = readKafkaProfile({
  schema_version: 'x07.arch.msg.kafka.profile@0.1.0',
  id: 'kafka_test_v1',
  v: 1,
  bootstrap: [`127.0.0.1:${livePort}`],
  limits: { max_message_bytes: 1_048_576, max_poll_items: 1_000, max_poll_wait_ms: 100 },
})

/** A driver on a fresh topic of three partitions, its topology ensured. */
export async function openLive(options: Partial<KafkaOptions> = {}): Promise<KafkaDriver> {
  const driver = await openKafka({
    profile,
    topics: [topic],
    groupId: 'lab.workers',
    physical: freshNames(),
    sessionTimeoutMs: 6_000,
    ...options,
  })
  await driver.ensureTopology()
  return driver
}

/** Closes a driver and removes what its test left on the broker. */
export async function dispose(driver: KafkaDriver): Promise<void> {
  await driver.close()
  await driver.removeTopology()
}
