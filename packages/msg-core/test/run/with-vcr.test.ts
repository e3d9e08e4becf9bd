import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { encodeEnvelope, openMemory, withVcr, type Driver, type VcrOptions } from '../../src/index.ts'

let root = ''
let told: string[] = []

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'with-vcr-'))
  told = []
})
afterEach(() => rmSync(root, { recursive: true }))

const options = (more: Partial<VcrOptions> = {}): VcrOptions => ({
  cassette: 'orders',
  root,
  ci: false,
  live: () => openMemory(),
  log: (_level, message) => told.push(message),
  ...more,
})

async function publish(driver: Driver, text: string): Promise<string> {
  const envelope = encodeEnvelope({ topic: 'orders', key: null, value: Buffer.from(text), headers: [] })
  return (await driver.publish(envelope)).status
}

const files = (): string[] => (existsSync(join(root, '.x07_rr')) ? readdirSync(join(root, '.x07_rr')) : [])

describe('withVcr', () => {
  test('records, then replays, and gives what the body gives', async () => {
    const seen: string[] = []
    for (const mode of ['record', 'replay']) {
      const status = await withVcr(options(), async (driver) => {
        seen.push(driver.mode)
        return publish(driver, 'x')
      })
      expect(status, mode).toBe('confirmed')
    }
    expect(seen).toEqual(['record', 'replay'])
    expect(files()).toEqual(['orders.rrbin'])
    expect(told).toEqual([])
  })

  test('a body that throws leaves the cassette as it was, and a partial one that is not replayed', async () => {
    await withVcr(options(), (driver) => publish(driver, 'x'))
    const before = readFileSync(join(root, '.x07_rr', 'orders.rrbin'))
    const failed = withVcr(options({ mode: 'record' }), async (driver) => {
      await publish(driver, 'y')
      throw new Error('the program failed')
    })
    await expect(failed).rejects.toThrow('the program failed')
    expect(readFileSync(join(root, '.x07_rr', 'orders.rrbin')).equals(before)).toBe(true)
    const [partial = ''] = files().filter((name) => name.includes('partial'))
    expect(told).toEqual([
      `record orders.rrbin: the program failed; what was recorded until then is in .x07_rr/${partial}, .x07_rr/orders.rrbin is as it was`,
    ])
    await expect(withVcr(options({ cassette: partial, mode: 'replay' }), () => {})).rejects.toThrow('it has no seal')
  })

  test('a first recording whose body throws is none, so that the next run records again', async () => {
    const failed = withVcr(options(), async (driver) => {
      await publish(driver, 'x')
      throw new Error('the program failed')
    })
    await expect(failed).rejects.toThrow('the program failed')
    expect(files()).toEqual([expect.stringMatching(/^orders\.[0-9a-f]{8}\.partial\.rrbin$/)])
    await withVcr(options(), (driver) => expect(driver.mode).toBe('record'))
  })

  test('a body that passes over the failure of an append still leaves no cassette', async () => {
    const limits = {
      maxCassetteBytes: 1_000_000n,
      maxEntries: 100,
      maxReqBytes: 80,
      maxRespBytes: 4_000,
      maxKeyBytes: 100,
    }
    const failed = withVcr(options({ limits }), async (driver) => {
      await publish(driver, 'x')
      await publish(driver, 'y'.repeat(100)).catch(() => {})
    })
    await expect(failed).rejects.toMatchObject({ name: 'RrError', code: 2005 })
    expect(files()).toEqual([expect.stringMatching(/partial/)])
  })

  test('the driver that the body closed itself is closed once', async () => {
    await withVcr(options(), async (driver) => {
      await publish(driver, 'x')
      await driver.close()
    })
    expect(files()).toEqual(['orders.rrbin'])
  })
})
