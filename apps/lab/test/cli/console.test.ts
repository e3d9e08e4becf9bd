import { Writable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { createConsole } from '../../src/cli/console.ts'

function screen(isTTY: boolean) {
  let text = ''
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString()
      done()
    },
  })
  return { stream: Object.assign(stream, { isTTY }), shown: () => text }
}

const wipe = '\r\u001b[2K'

describe('the console', () => {
  test('draws a bar on a terminal, at most ten times a second, and wipes it for a line and at the end', () => {
    const { stream, shown } = screen(true)
    let now = 1000
    const console = createConsole(stream, () => now)
    const { update, end } = console.progress(4)
    update(1, 1)
    now += 99
    update(2, 1)
    now += 1
    update(3, 2)
    console.note('a line')
    end()
    const bar = (filled: number) => `[${'#'.repeat(filled)}${'.'.repeat(30 - filled)}]`
    expect(shown()).toBe(
      `${bar(7)} published 1, consumed 1 of 4${wipe}${bar(15)} published 3, consumed 2 of 4${wipe}a line\n`,
    )
  })

  test.each([
    [true, 'it may pass\n'],
    [false, ''],
  ])('tells what may pass on a terminal alone (terminal: %s)', (isTTY, expected) => {
    const { stream, shown } = screen(isTTY)
    createConsole(stream, () => 1000).passing('it may pass')
    expect(shown()).toBe(expected)
  })

  test('counts without a bar where the number of events is not known', () => {
    const { stream, shown } = screen(true)
    const { update, end } = createConsole(stream, () => 1000).progress(undefined)
    update(5, 3)
    end()
    expect(shown()).toBe(`published 5, consumed 3${wipe}`)
  })

  test('writes whole lines and no progress elsewhere', () => {
    const { stream, shown } = screen(false)
    const console = createConsole(stream, () => 1000)
    const { update, end } = console.progress(4)
    update(1, 1)
    console.note('a line')
    end()
    expect(shown()).toBe('a line\n')
  })
})
