import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, withVcr, type Driver } from '@x07-lab/msg-core'
import { openKafka } from '../../src/index.ts'

const here = import.meta.dirname
const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'x07-lab', 'kfake-20260918')
const program = join(cache, 'kfake')

/** Builds the broker once; says why its tests are skipped where that cannot be. */
function hasKfake(): boolean {
  if (existsSync(program)) return true
  try {
    mkdirSync(cache, { recursive: true })
    for (const name of ['main.go', 'go.mod', 'go.sum']) cpSync(join(here, name), join(cache, name))
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

/** A broker of another make, of github.com/twmb/franz-go. */
describe.skipIf(!hasKfake())('on kfake', () => {
  test('a program is recorded and replayed, whatever the codec', async () => {
    const broker = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = once(broker, 'exit')
    const root = mkdtempSync(join(tmpdir(), 'x07-kfake-'))
    try {
      const [address] = (await Promise.race([
        once(createInterface({ input: broker.stdout }), 'line'),
        ended,
      ])) as unknown[]
      for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
        const options = { cassette: compression, root, ci: false }
        const live = (): Promise<Driver> =>
          openKafka({
            brokers: [String(address)],
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
    } finally {
      broker.stdin.end()
      await ended
      rmSync(root, { recursive: true })
    }
  })
})
