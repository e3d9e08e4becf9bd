import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadTemplate, writePage, type PageEntry, type PageJoins } from '../src/index.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
if (browserPath === undefined) console.log('skipped: the page in a browser; no Chromium is installed here')

const hostile = '</script><script>globalThis.pwned=1</script><img src=x onerror="globalThis.pwned=1">\u202eevil'
const count = 3_000
/** A busy machine takes its time over a frame. */
const patience = { timeout: 20_000 }

function entry(at: number): PageEntry {
  const delivery = at % 2 === 1
  return {
    kind: delivery ? 'delivery' : 'publish',
    outcome: delivery ? 'ack' : 'confirmed',
    track: at === 7 ? hostile : `orders/${at % 3}`,
    ticks: at * 10,
    size: 20,
    flags: at === 10 ? 1 : 0,
    details: {
      op: 'std.msg.kafka.publish_env_v1',
      lane: 'local_kafka_v1',
      topic: 'orders',
      key: at === 8 ? hostile : `key-${at}`,
      headers: [['id', hostile]],
      properties: {},
      metadata: { offset: String(at) },
      reason: null,
      readings: [],
      body: delivery ? { same: at - 1 } : { text: JSON.stringify({ n: at, note: at === 2_500 ? 'needle' : hostile }) },
      raw: '00ff',
    },
  }
}

let browser: Browser | undefined
let page: Page
let folder = ''
const seen: string[] = []

beforeAll(async () => {
  if (browserPath === undefined) return
  folder = mkdtempSync(join(tmpdir(), 'page-'))
  const file = join(folder, 'page.html')
  const recording = {
    name: 'c.rrbin',
    entries: count,
    bytes: 1_000_000,
    seal: { broker: 'Kafka' },
    clock: 'position' as const,
    divergences: [
      { entry: 10, text: 'the message differs', fields: [{ field: 'value/n', recorded: '10', now: '11' }] },
    ],
  }
  const positions = Array.from({ length: count }, (_, at) => at)
  const entries = positions.map(entry)
  const joins = (): PageJoins => ({
    begin: positions,
    end: positions.map((at) => at + 4),
    cause: positions.map((at) => (at % 2 === 1 ? at - 1 : -1)),
  })
  writeFileSync(file, [...writePage(await loadTemplate(), [{ recording, entries, joins }])].join(''))
  browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
  page = await browser.newPage()
  page.on('pageerror', (error) => seen.push(error.message))
  page.on('console', (message) => seen.push(message.text()))
  page.on('request', (request) => {
    if (!request.url().startsWith('file:')) seen.push(request.url())
  })
  await page.goto(`file://${file}`)
  await page.waitForSelector('canvas[data-drawn]')
})
afterAll(async () => {
  await browser?.close()
  if (folder !== '') rmSync(folder, { recursive: true })
})

describe.skipIf(browserPath === undefined)('the page in a browser', () => {
  test('shows the messages, and what a delivery was caused by', async () => {
    await page.locator('#row-1').click()
    const details = page.getByRole('complementary', { name: 'Message' })
    await expect.poll(() => details.textContent(), patience).toContain('Entry 1: delivery ack')
    await details.getByRole('button', { name: 'entry 0' }).click()
    await expect.poll(() => details.textContent(), patience).toContain('Entry 0: publish confirmed')
  })

  test('goes from a divergence to its message, with both values', async () => {
    await page.getByRole('button', { name: 'entry 10' }).first().click()
    const details = page.getByRole('complementary', { name: 'Message' })
    await expect.poll(() => details.textContent(), patience).toContain('fieldrecordednowvalue/n1011')
    expect(new URL(page.url()).hash).toBe('#10')
  })

  test('tells what nobody could see, and does not do it', async () => {
    await page.locator('#row-8').click()
    const details = page.getByRole('complementary', { name: 'Message' })
    await expect.poll(() => details.textContent(), patience).toContain('Entry 8')
    expect(await details.textContent()).toContain(String.raw`\u202eevil`)
    expect(await page.locator('main').textContent()).not.toContain('\u202e')
  })

  test('says that nothing fits a filter', async () => {
    await page.getByLabel('Key', { exact: true }).fill('no such key')
    await expect.poll(() => page.getByRole('grid').textContent(), patience).toContain('No entry fits the filter.')
    await page.getByRole('button', { name: 'Clear' }).click()
  })

  test('finds text in messages that nobody has opened', async () => {
    await page.getByLabel('Text').fill('needle')
    // The publish, and the delivery of the same body.
    await expect.poll(() => page.locator('output').textContent(), patience).toBe('2 of 3,000')
    await page.getByRole('button', { name: 'Clear' }).click()
    await expect.poll(() => page.locator('output').textContent(), patience).toBe('3,000 of 3,000')
  })

  test('is moved through by keyboard', async () => {
    await page.getByRole('grid', { name: 'Messages' }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('ArrowDown')
    await expect.poll(() => new URL(page.url()).hash, patience).toBe('#1')
    await page.keyboard.press('End')
    await expect.poll(() => new URL(page.url()).hash, patience).toBe('#2999')
    const canvas = page.locator('canvas').first()
    const whole = await canvas.getAttribute('data-drawn')
    await canvas.focus()
    await page.keyboard.press('+')
    await expect.poll(() => canvas.getAttribute('data-drawn'), patience).not.toBe(whole)
    await page.keyboard.press('Home')
    await expect.poll(() => canvas.getAttribute('data-drawn'), patience).toBe(whole)
  })

  test.for(['light', 'dark'] as const)('has nothing that axe finds, in %s', async (colorScheme) => {
    await page.emulateMedia({ colorScheme })
    await page.locator('#row-2999').click()
    await page.evaluate(axeSource())
    const found = await page.evaluate(async () => {
      const { axe } = globalThis as unknown as {
        axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> }
      }
      return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
    })
    expect(found).toEqual([])
  })

  test('shows 70,000 lanes and a payload of ten megabytes, of which nothing runs', async () => {
    const lanes = 70_000
    const long = hostile.repeat(Math.ceil(10_000_000 / hostile.length))
    const positions = Array.from({ length: lanes }, (_, at) => at)
    const file = join(folder, 'large.html')
    const recording = { name: hostile, entries: lanes, bytes: 1, seal: {}, clock: 'position' as const, divergences: [] }
    const entries = positions.map((at): PageEntry => {
      const one = entry(8)
      const body = at === 5 ? { text: long } : null
      return { ...one, track: `${hostile}${at}`, details: { ...one.details, body } }
    })
    const joins = (): PageJoins => ({ begin: positions, end: positions, cause: [] })
    writeFileSync(file, [...writePage(await loadTemplate(), [{ recording, entries, joins }])].join(''))
    await page.goto(`file://${file}#5`)
    await page.waitForSelector('canvas[data-drawn]')
    const details = page.getByRole('complementary', { name: 'Message' })
    await details.getByRole('button', { name: /Show all 10,0/ }).waitFor()
    expect(await page.locator('h1').textContent()).toBe(hostile)
  })

  test('runs nothing of the data, fetches nothing and complains of nothing', async () => {
    expect(await page.evaluate(() => (globalThis as { pwned?: number }).pwned)).toBeUndefined()
    expect(seen).toEqual([])
  })
})

function axeSource(): string {
  const require = createRequire(import.meta.url)
  return (require('axe-core') as { readonly source: string }).source
}
