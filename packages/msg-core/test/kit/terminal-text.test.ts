import { describe, expect, it } from 'vitest'
import { oneLine } from '../../src/kit/terminal-text.ts'

describe('text for a terminal', () => {
  it.each([
    ['\u001b[31mred', String.raw`\u001b[31mred`],
    ['\u009b31m', String.raw`\u009b31m`],
    ['a\nb\r\tc', String.raw`a\nb\u000d\u0009c`],
    ['\u007f', String.raw`\u007f`],
    ['\u2028\u2029\u0085', String.raw`\u2028\u2029\u0085`],
    ['\u202egnp.exe\u2066', String.raw`\u202egnp.exe\u2066`],
    ['\u{e0041}', String.raw`\udb40\udc41`],
    ['\ud800', String.raw`\ud800`],
    ['größer 日本 👍🏽 \\ "', 'größer 日本 👍🏽 \\ "'],
  ])('%j', (text, shown) => {
    expect(oneLine(text)).toBe(shown)
  })

  it('leaves a JSON document the same document', () => {
    const document = { text: '\u009b\u202e\u{e0041} \u2028', more: ['\u0000'] }
    expect(JSON.parse(oneLine(JSON.stringify(document)))).toEqual(document)
  })

  it.each([
    ['connect to amqp://guest:gu@est@host:5672/v failed', 'connect to amqp://host:5672/v failed'],
    ['AMQPS://u:p%40@[::1]/', 'AMQPS://[::1]/'],
    ['https://token@host', 'https://host'],
    ['kafka://host:9092/a@b', 'kafka://host:9092/a@b'],
    ['mail someone@host about http://host/', 'mail someone@host about http://host/'],
  ])('shows an address without its credentials: %s', (text, shown) => {
    expect(oneLine(text)).toBe(shown)
  })
})
