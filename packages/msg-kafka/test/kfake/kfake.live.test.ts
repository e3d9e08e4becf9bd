import kafkajs, { type Admin } from 'kafkajs'
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { startTcpProxy, type TcpProxy } from '@x07-lab/msg-core/testing'
import { openKafka } from '../../src/index.ts'

const here = import.meta.dirname
const sources = ['main.go', 'go.mod', 'go.sum']
const made = sources
  .reduce((hash, name) => hash.update(readFileSync(join(here, name))), createHash('sha256'))
  .digest('hex')
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab', `kfake-${made.slice(0, 12)}`)
const program = join(cache, 'kfake')

/** Builds the broker once; says why its tests are skipped where that cannot be. */
function hasKfake(): boolean {
  if (existsSync(program)) return true
  try {
    mkdirSync(cache, { recursive: true })
    for (const name of sources) cpSync(join(here, name), join(cache, name))
    execFileSync('go', ['build', '-o', program, '.'], { cwd: cache, stdio: 'ignore', timeout: 120_000 })
    return true
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    console.log(`skipped: kfake is not available (${reason}); it takes Go and a module proxy`)
    return false
  }
}

/** Publishes twelve messages to three partitions, rejects one once, and says what came, by partition. */
async function work(driver: Driver): Promise<string[]> {
  await driver.ensureTopology()
  for (let n = 0; n < 12; n++) {
    const headers = [
      ['n', String(n)],
      ['n', ''],
    ] as const
    const message = { topic: 'orders', key: Buffer.from(`k${n % 3}`), value: Buffer.from(`m${n}`), headers }
    expect(await driver.publish(encodeEnvelope(message))).toMatchObject({ status: 'confirmed' })
  }
  const seen: string[] = []
  for await (const delivery of driver.deliveries()) {
    const { value, headers } = decodeEnvelope(delivery.envelope)
    const { partition, offset, redelivered } = delivery.metadata
    seen.push(
      `${String(partition)}/${String(offset)} ${String(value)} ${headers.length}${redelivered === true ? ' again' : ''}`,
    )
    await delivery.settle(String(value) === 'm4' && redelivered !== true ? 'reject' : 'ack')
    if (seen.length === 13) break
  }
  return seen
}

/** A cluster of its own, from its start to the end of what is done with it. */
async function withKfake(use: (addresses: readonly string[]) => Promise<void>): Promise<void> {
  const cluster = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(cluster, 'exit')
  try {
    const [line] = (await Promise.race([once(createInterface({ input: cluster.stdout }), 'line'), ended])) as unknown[]
    await use(String(line).split(' '))
  } finally {
    cluster.stdin.end()
    await ended
  }
}

/** Brokers of another make, of github.com/twmb/franz-go. */
describe.skipIf(!hasKfake())('on kfake', () => {
  test('a program is recorded and replayed, whatever the codec', async () => {
    const root = mkdtempSync(join(tmpdir(), 'x07-kfake-'))
    try {
      await withKfake(async (brokers) => {
        for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
          const options = { cassette: compression, root, ci: false }
          const live = (): Promise<Driver> =>
            openKafka({
              brokers,
              topics: ['orders'],
              groupId: 'billing',
              physical: (name) => `${name}-${compression}`,
              compression,
            })
          const was = await withVcr({ ...options, live }, work)
          expect(was.filter((line) => line.endsWith(' again'))).toHaveLength(1)
          const replay = { ...options, live: () => Promise.reject(new Error('there is no broker')) }
          expect(await withVcr(replay, work)).toEqual(was)
        }
      })
    } finally {
      rmSync(root, { recursive: true })
    }
  })

  test('what the other brokers of a request confirm is written once where one of them is away', async () => {
    await withKfake(async (addresses) => {
      const proxies = new Map<number, TcpProxy>()
      for (const address of addresses) {
        const target = { host: '127.0.0.1', port: Number(address.split(':')[1]) }
        proxies.set(target.port, await startTcpProxy({ target }))
      }
      const back = Promise.withResolvers<void>()
      const partitions = 12
      const driver = await openKafka({
        brokers: addresses,
        topics: ['orders'],
        groupId: 'billing',
        partitions,
        dialAt: (host, port) => ({ host, port: proxies.get(port)!.port }),
        log: (level, text) => {
          if (level === 'warn' && text.includes('; trying again')) back.resolve()
        },
      })
      try {
        await driver.ensureTopology()
        const publishAll = (value: string): Promise<unknown> => {
          const one = (partition: number): Uint8Array =>
            encodeEnvelope({
              topic: 'orders',
              key: null,
              value: Buffer.from(value),
              headers: [],
              properties: { partition },
            })
          return Promise.all(Array.from({ length: partitions }, (_, partition) => driver.publish(one(partition))))
        }
        await publishAll('before')
        const leader = await asAdmin(addresses, leaderOfFirst)
        const proxy = proxies.get(leader)!
        proxy.refuse()
        proxy.cut()
        const publishing = publishAll('while one is away')
        await back.promise
        proxy.accept()
        const confirmed = Array.from({ length: partitions }, (_, partition) => ({
          status: 'confirmed',
          answer: { offset: '1', partition },
        }))
        expect(await publishing).toEqual(confirmed)
        const ends = await asAdmin(addresses, (admin) => admin.fetchTopicOffsets('orders'))
        expect(ends.map(({ high }) => high)).toEqual(Array.from({ length: partitions }, () => '2'))
      } finally {
        await driver.close()
        for (const proxy of proxies.values()) await proxy.close()
      }
    })
  })
})

/** The port of the broker that leads the first partition. */
async function leaderOfFirst(admin: Admin): Promise<number> {
  const { brokers } = await admin.describeCluster()
  const { topics } = await admin.fetchTopicMetadata({ topics: ['orders'] })
  const leader = topics[0]?.partitions.find(({ partitionId }) => partitionId === 0)?.leader
  return brokers.find(({ nodeId }) => nodeId === leader)?.port ?? 0
}

async function asAdmin<T>(brokers: readonly string[], call: (admin: Admin) => Promise<T>): Promise<T> {
  const { Kafka, logLevel } = kafkajs
  const admin = new Kafka({ brokers: [...brokers], logLevel: logLevel.NOTHING }).admin()
  await admin.connect()
  try {
    return await call(admin)
  } finally {
    await admin.disconnect()
  }
}
