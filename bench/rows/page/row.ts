import { createWriteStream, existsSync, statSync } from 'node:fs'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { programRoot } from 'lab/src/root.ts'
import type { Browser } from 'playwright-core'
import { alternate, median } from '../../measure/alternate.ts'
import type { Measured, Row } from '../../row.ts'
import { runLab } from '../../scratch/lab.ts'
import { scratchProject } from '../../scratch/project.ts'

const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

/** Two entries a message, and those of the results and the seal. */
const messages = { many: 50_000, most: 500_000 }
const MiB = 1_048_576

export const pageRow: Row = {
  name: 'page',
  about:
    'cassettes of 100,000 entries (beside their entries as JSON in the browser’s own view), of 1,000,000 and two compared, in Chromium',
  async run({ scratch, progress }) {
    const name = 'page of 100,000 entries'
    if (browserPath === undefined) return [{ name, unavailable: 'no Chromium is installed here' }]
    const root = scratchProject(scratch, 'page')
    progress('recording the cassettes, writing the pages and the JSON')
    await recordInto(root, 'many', messages.many, 1)
    await recordInto(root, 'other', messages.many, 2)
    await recordInto(root, 'most', messages.most, 1)
    const pages = {
      many: await pageOf(root, ['many']),
      compared: await pageOf(root, ['many', 'other']),
      most: await pageOf(root, ['most']),
    }
    const dump = join(root, 'out', 'page.json')
    await writeDump(root, 'many', dump)
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    try {
      const open = async (ours: Opened, other: Opened) => {
        const memory = { ours: [] as number[], other: [] as number[] }
        const views = await alternate(
          () => viewOf(browser, ours.file, ours.content, memory.ours),
          () => viewOf(browser, other.file, other.content, memory.other),
          { warmUps: 1, rounds: 3 },
        )
        return { views, memory: { ours: median(memory.ours), other: median(memory.other) } }
      }
      progress('measuring 100,000 entries')
      const many = await open(pages.many, { file: dump, content: 'pre' })
      progress('measuring two of 100,000 entries compared')
      const compared = await open(pages.compared, pages.many)
      progress('measuring 1,000,000 entries')
      const most = await open(pages.most, pages.many)
      const lines: Measured[] = [
        { name: `${name}, first view, JSON`, unit: 'views/s', ...many.views, wanted: { ratioAtLeast: 5 } },
        { name: `${name}, memory of the tab, JSON`, unit: 'MiB', ...many.memory },
        sizeLine(name, pages.many),
        { name: 'page of two of them compared, first view, one', unit: 'views/s', ...compared.views },
        { name: 'page of two of them compared, memory of the tab, one', unit: 'MiB', ...compared.memory },
        sizeLine('page of two of them compared', pages.compared),
        { name: 'page of 1,000,000 entries, first view, 100,000', unit: 'views/s', ...most.views },
        { name: 'page of 1,000,000 entries, memory of the tab, 100,000', unit: 'MiB', ...most.memory },
        sizeLine('page of 1,000,000 entries', pages.most),
      ]
      return lines
    } finally {
      await browser.close()
    }
  },
}

/** A file for the browser, and what is there once its first view is. */
interface Opened {
  readonly file: string
  readonly content: string
}

interface PageFile extends Opened {
  /** Bytes of the cassettes that it shows. */
  readonly bytes: number
}

async function recordInto(root: string, name: string, count: number, seed: number): Promise<void> {
  const args = ['--driver=memory', `--messages=${count}`, `--seed=${seed}`, `--cassette=${name}`]
  await runLab(root, ['record', ...args])
}

async function pageOf(root: string, names: readonly string[]): Promise<PageFile> {
  await runLab(root, ['cassette', 'page', ...names])
  const bytes = names.reduce((sum, name) => sum + statSync(join(root, '.x07_rr', `${name}.rrbin`)).size, 0)
  return { file: join(root, 'out', 'pages', `${names.join('-')}.html`), content: 'canvas[data-drawn]', bytes }
}

function sizeLine(name: string, { file, bytes }: PageFile): Measured {
  const [ours, other] = [statSync(file).size / MiB, bytes / MiB]
  return { name: `${name}, size, cassette`, unit: 'MiB', ours, other, wanted: { differenceAtMost: 0 } }
}

/** A browser may take minutes over a document of this size. */
const patienceMs = 60_000

/** Opens a file until something of its content is painted; the memory of the tab is noted. */
async function viewOf(browser: Browser, file: string, content: string, memory: number[]): Promise<number> {
  const tab = await browser.newPage()
  const cdp = await tab.context().newCDPSession(tab)
  const begin = performance.now()
  await tab.goto(`file://${file}`, { waitUntil: 'commit' })
  try {
    await tab.waitForSelector(content, { timeout: patienceMs, state: 'attached' })
  } catch {
    // A view that does not come counts as one that came then.
    await tab.close()
    return 1000 / patienceMs
  }
  await tab.evaluate('new Promise((done) => requestAnimationFrame(() => setTimeout(done)))')
  const rate = 1000 / (performance.now() - begin)
  await tab.waitForLoadState('load', { timeout: patienceMs })
  const {
    usedSize,
    embedderHeapUsedSize = 0,
    backingStorageSize = 0,
  } = (await cdp.send('Runtime.getHeapUsage')) as {
    usedSize: number
    embedderHeapUsedSize?: number
    backingStorageSize?: number
  }
  memory.push((usedSize + embedderHeapUsedSize + backingStorageSize) / MiB)
  await tab.close()
  return rate
}

/** What `lab cassette show --json` prints, as one JSON document. */
async function writeDump(root: string, cassette: string, file: string): Promise<void> {
  const lab = join(programRoot, 'scripts', 'start', 'lab.cjs')
  const child = spawn(process.execPath, [lab, 'cassette', 'show', cassette, '--json'], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const out = createWriteStream(file)
  out.write('[')
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    const text = String(chunk).replaceAll('\n', ',\n')
    if (!out.write(text)) await new Promise((done) => out.once('drain', done))
  }
  // The last line ended in a comma.
  out.end('null]\n')
  await finished(out)
}
