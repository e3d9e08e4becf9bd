import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createConsole } from '../../src/cli/console.ts'
import { printJson, printLines } from '../../src/cli/stdout.ts'

const hostile = 'key\u001b[31m \u009b31m \u202e \u2028 amqp://me:secret@host'
const shown = String.raw`key\u001b[31m \u009b31m \u202e \u2028 amqp://host`

function sink(): { stream: Writable; text: () => string } {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += String(chunk)
      done()
    },
  })
  return { stream, text: () => text }
}

describe('text of a cassette on its way to a terminal', () => {
  test('lines of a result', () => {
    const { stream, text } = sink()
    printLines(stream, ['one', hostile])
    expect(text()).toBe(`one\n${shown}\n`)
  })

  test('lines for people', () => {
    const { stream, text } = sink()
    createConsole(stream, () => 0).note(hostile)
    expect(text()).toBe(`${shown}\n`)
  })

  test('a JSON document is the same document, and holds nothing that steers', async () => {
    const { stream, text } = sink()
    await printJson(stream, JSON.stringify({ hostile }))
    expect(JSON.parse(text())).toEqual({ hostile })
    expect(text()).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\u2028/u)
  })
})
