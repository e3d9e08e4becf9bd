import { describe, expect, test } from 'vitest'
import { refusePartialName, remarkOnName } from '../../../src/commands/cassette/name.ts'

describe('the name of a cassette', () => {
  test.for(['orders.rrbin', 'deep/er/orders.rrbin', 'orders.x07rr.bin', 'orders.bin'])(
    'may be recorded, with nothing to say: %s',
    (name) => {
      expect(() => refusePartialName(name)).not.toThrow()
      expect(remarkOnName(name)).toBeUndefined()
    },
  )

  test('may be recorded where it would be overlooked, which is said', () => {
    expect(() => refusePartialName('orders')).not.toThrow()
    expect(remarkOnName('deep/orders.json')).toBe(
      'cassette ls and arch:check take only what ends in .rrbin or .bin for a cassette, so they pass over deep/orders.json',
    )
  })

  test.for([
    ['orders.partial.rrbin', 'orders.rrbin'],
    ['orders.bin.partial.rrbin', 'orders.bin'],
  ])('is not recorded with the ending of recordings under way, and the right one is told: %s', ([name, right]) => {
    expect(() => refusePartialName(String(name))).toThrow(
      new RegExp(`^record: --cassette "${name}": .*; name it "${right}"$`),
    )
  })
})
