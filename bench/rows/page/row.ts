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

/** Two entries a message, and those of the results and the seal. */
const messages = 50_000
const browserPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)

export const pageRow: Row = {
  name: 'page',
  about: 'a cassette of 100,000 entries in Chromium: its page, beside its entries as JSON in the browser’s own view',
  async run({ scratch, progress }) {
    const name = 'page of 100,000 entries'
    if (browserPath === undefined) return [{ name, unavailable: 'no Chromium is installed here' }]
    const root = scratchProject(scratch, 'page')
    progress('recording the cassette, writing the page and the JSON')
    await runLab(root, ['record', '--driver=memory', `--messages=${messages}`, '--cassette=page'])
    await runLab(root, ['cassette', 'page', 'page'])
    const page = join(root, 'out', 'pages', 'page.html')
    const dump = join(root, 'out', 'page.json')
    await writeDump(root, dump)
    const { chromium } = await import('playwright-core')
    const browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] })
    try {
      const seen = { page: [] as number[], dump: [] as number[] }
      progress('measuring')
      const views = await alternate(
        () => viewOf(browser, page, 'canvas[data-drawn]', seen.page),
        () => viewOf(browser, dump, 'pre', seen.dump),
        { warmUps: 1, rounds: 3 },
      )
      const MiB = 1_048_576
      const lines: Measured[] = [
        { name: `${name}, first view, JSON`, unit: 'views/s', ...views, wanted: { ratioAtLeast: 5 } },
        { name: `${name}, memory of the tab, JSON`, unit: 'MiB', ours: median(seen.page), other: median(seen.dump) },
        {
          name: `${name}, size, cassette`,
          unit: 'MiB',
          ours: statSync(page).size / MiB,
          other: statSync(join(root, '.x07_rr', 'page.rrbin')).size / MiB,
          wanted: { differenceAtMost: 0 },
        },
      ]
      return lines
    } finally {
      await browser.close()
    }
  },
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
  memory.push((usedSize + embedderHeapUsedSize + backingStorageSize) / 1_048_576)
  await tab.close()
  return rate
}

/** What `lab cassette show --json` prints, as one JSON document. */
async function writeDump(root: string, file: string): Promise<void> {
  const lab = join(programRoot, 'scripts', 'start', 'lab.cjs')
  const child = spawn(process.execPath, [lab, 'cassette', 'show', 'page', '--json'], {
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
