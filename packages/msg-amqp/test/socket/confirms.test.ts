import { expect, test } from 'vitest'

import { readMethod } from '../../src/protocol/index.ts'
import { Confirms, stored } from '../../src/socket/confirms.ts'

const ack = (deliveryTag: number, multiple = false) =>
  stored({ name: 'basic.ack', args: { deliveryTag: BigInt(deliveryTag), multiple } })

const given = (confirms: Confirms, tag: number, multiple = false): [number, boolean][] =>
  confirms.apply(ack(tag, multiple)).map(({ method }) => {
    const { args } = readMethod(method) as { args: { deliveryTag: bigint; multiple: boolean } }
    return [Number(args.deliveryTag), args.multiple]
  })

test('a confirm keeps its number as long as the program publishes what was recorded', () => {
  const confirms = new Confirms()
  for (const number of [1, 2, 3]) expect(confirms.published(number, false)).toBeUndefined()
  expect(given(confirms, 3, true)).toEqual([[3, true]])
})

test('a confirm of several reaches those that were published before one that the recording does not have', () => {
  const confirms = new Confirms()
  confirms.published(1, false)
  confirms.published(2, false)
  expect(given(confirms, 1)).toEqual([[1, false]])
  expect(confirms.published(undefined, false)).toBe(3)
  confirms.published(3, false)
  expect(given(confirms, 3, true)).toEqual([
    [2, false],
    [4, false],
  ])
})

test('a publish whose place another had gets the confirm, and the other one of its own', () => {
  const confirms = new Confirms()
  expect(confirms.published(1, true)).toBeUndefined()
  expect(confirms.published(1, false)).toBe(1)
  expect(given(confirms, 1)).toEqual([[2, false]])
})

test('a publish whose place another had is confirmed at once where the confirm has been given', () => {
  const confirms = new Confirms()
  confirms.published(1, true)
  expect(given(confirms, 1)).toEqual([[1, false]])
  expect(confirms.published(1, false)).toBe(2)
})

test('what says something else and is confirmed early is not confirmed again', () => {
  const confirms = new Confirms()
  confirms.published(1, false)
  confirms.published(2, true)
  expect(confirms.takeChanged()).toEqual([2])
  expect(confirms.takeChanged()).toEqual([])
  expect(given(confirms, 2, true)).toEqual([[1, false]])
  expect(confirms.published(2, false)).toBe(3)
})
