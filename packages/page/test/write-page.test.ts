import { hash } from 'node:crypto'
import { inflateRawSync } from 'node:zlib'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  loadTemplate,
  writePage,
  type PageDetails,
  type PageEntry,
  type PageJoins,
  type PageRecording,
  type RecordingSource,
} from '../src/index.ts'

let template = ''
beforeAll(async () => {
  template = await loadTemplate()
})

const hostile = '</script><script>globalThis.pwned=1</script><img src=x onerror=alert(1)>\u2028"\''

function recording(more: Partial<PageRecording> = {}): PageRecording {
  return { name: 'c.rrbin', entries: 1, bytes: 10, seal: {}, clock: 'position', divergences: [], ...more }
}

function entry(details: Partial<PageDetails> = {}, more: Partial<PageEntry> = {}): PageEntry {
  return {
    kind: 'publish',
    outcome: 'confirmed',
    track: 'orders/0',
    ticks: 5,
    size: 3,
    flags: 0,
    details: {
      op: 'o',
      lane: 'l',
      topic: 'orders',
      key: 'k',
      headers: [],
      properties: {},
      metadata: {},
      reason: null,
      readings: [],
      body: { text: 'abc' },
      raw: '0102',
      ...details,
    },
    ...more,
  }
}

/** Each caused by the one before it. */
function joins(): PageJoins {
  const positions = Array.from({ length: 70_000 }, (_, at) => at)
  return { begin: positions, end: positions.map((at) => at + 1), cause: positions.map((at) => at - 1) }
}

function written(sources: readonly Omit<RecordingSource, 'joins'>[]): string {
  return [
    ...writePage(
      template,
      sources.map((source) => ({ ...source, joins })),
    ),
  ].join('')
}

function scriptText(html: string, id: string): string {
  return new RegExp(`<script type="[^"]+" id="${id}">([^<]*)</script>`).exec(html)?.[1] ?? ''
}

describe('the page', () => {
  test('runs its own script and style alone, by their hashes, and fetches nothing', () => {
    const html = written([{ recording: recording(), entries: [entry()] }])
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? ''
    const scripts = [...html.matchAll(/<script>([\s\S]*?)<\/script>/g)].map(([, code = '']) => code)
    expect(scripts).toHaveLength(1)
    expect(policy).toContain(`script-src 'sha256-${hash('sha256', scripts[0] ?? '', 'base64')}'`)
    expect(policy).toMatch(/^default-src 'none';/)
    expect(html).not.toMatch(/(?:src|href)="(?!data:)/)
  })

  test.for(['name', 'key', 'header', 'body', 'track', 'divergence'])('holds markup in a %s as text', (place) => {
    const put = (one: string): string => (place === one ? hostile : 'x')
    const html = written([
      {
        recording: recording({ name: put('name'), divergences: [{ entry: 0, text: put('divergence'), fields: [] }] }),
        entries: [
          entry(
            { key: put('key'), headers: [[put('header'), put('header')]], body: { text: put('body') } },
            { track: put('track') },
          ),
        ],
      },
    ])
    expect(html).not.toContain('globalThis.pwned=1</script>')
    expect(html.match(/<img/g)).toBeNull()
    expect(JSON.parse(scriptText(html, 'recordings'))).toHaveLength(1)
  })

  test('has the tables before the messages, and messages in blocks', () => {
    const count = 600
    const entries = Array.from({ length: count }, (_, at) => entry({ key: `k-${at}` }))
    const html = written([{ recording: recording({ entries: count }), entries }])
    expect(html.indexOf('id="recordings"')).toBeLessThan(html.indexOf('id="d0-0"'))
    expect([...html.matchAll(/id="d0-(\d+)"/g)].map(([, block]) => block)).toEqual(['0', '1', '2'])
    const block = JSON.parse(
      inflateRawSync(Buffer.from(scriptText(html, 'd0-2'), 'base64')).toString(),
    ) as PageDetails[]
    expect(block[0]?.key).toBe('k-512')
    const [index] = JSON.parse(scriptText(html, 'recordings')) as { columns: Record<string, string> }[]
    const causes = inflateRawSync(Buffer.from(index?.columns['cause'] ?? '', 'base64'))
    expect(causes.readUInt32LE(4 * 9)).toBe(9)
  })

  test('keeps a million lanes in the room that it has', () => {
    const count = 70_000
    const entries = Array.from({ length: count }, (_, at) => entry({}, { track: `lane-${at}` }))
    const html = written([{ recording: recording({ entries: count }), entries }])
    const [index] = JSON.parse(scriptText(html, 'recordings')) as { tracks: string[] }[]
    expect(index?.tracks).toHaveLength(65_536)
    expect(index?.tracks.at(-1)).toBe('(others)')
  })

  test('refuses entries that are not as many as it was told', () => {
    expect(() => written([{ recording: recording({ entries: 2 }), entries: [entry()] }])).toThrow(
      'a page of 2 entries was given 1',
    )
  })

  test('has rows of one kind together, in the order of their names', () => {
    const tracks = ['orders/10', 'orders/2', 'copies/0', 'orders/2', 'orders/10']
    const kinds = ['publish', 'publish', 'delivery', 'publish', 'publish'] as const
    const entries = tracks.map((track, at) => entry({}, { track, kind: kinds[at] ?? 'other' }))
    const html = written([{ recording: recording({ entries: entries.length }), entries }])
    const [index] = JSON.parse(scriptText(html, 'recordings')) as [{ tracks: string[]; columns: { track: string } }]
    const rows = new Uint16Array(new Uint8Array(inflateRawSync(Buffer.from(index.columns.track, 'base64'))).buffer)
    expect(index.tracks).toEqual(['orders/2', 'orders/10', 'copies/0'])
    expect([...rows].map((row) => index.tracks[row])).toEqual(tracks)
  })
})
