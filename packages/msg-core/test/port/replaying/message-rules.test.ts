import { afterEach, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, openMemory, type Driver, type Message } from '../../../src/index.ts'
import { recording } from '../../../src/port/recording/index.ts'
import { replaying, type ReplayingOptions } from '../../../src/port/replaying/index.ts'
import { cassetteOf } from './cassette-of.ts'

const cleanup: (() => void)[] = []
afterEach(() => {
  for (const remove of cleanup.splice(0)) remove()
})

const message = (over: Partial<Message> = {}): Message => ({
  topic: 'orders',
  key: Buffer.from('k'),
  value: Buffer.from('{"at":{"ts":1},"n":1}'),
  headers: [
    ['message-id', '1'],
    ['x-request-id', 'a'],
  ],
  properties: { correlationId: 'c-1', priority: 1 },
  ...over,
})

async function played(recorded: Message, now: Message, options: ReplayingOptions) {
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink)
    await driver.publish(encodeEnvelope(recorded))
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { onDivergence: 'report', ...options })
  await driver.publish(encodeEnvelope(now))
  const { divergences, ignored, bound } = driver.report()
  const fields = divergences.flatMap((one) =>
    one.kind === 'changed' ? one.differences.map(({ field }) => field) : one.kind,
  )
  return { fields, ignored, bound }
}

test.each<[title: string, now: Partial<Message>, field: string]>([
  ['a property', { properties: { correlationId: 'c-2', priority: 1 } }, 'properties/correlationId'],
  [
    'a header',
    {
      headers: [
        ['message-id', '1'],
        ['x-request-id', 'b'],
      ],
    },
    'headers/x-request-id',
  ],
  ['a place in the value', { value: Buffer.from('{"at":{"ts":2},"n":1}') }, 'value/at/ts'],
  ['a key', { key: Buffer.from('other') }, 'key'],
  ['a topic', { topic: 'elsewhere' }, 'topic'],
  ['a value that is not JSON', { value: Buffer.from('x') }, 'value'],
])('what differs is named by its smallest path and may be ignored: %s', async (_title, over, field) => {
  const [recorded, now] = [message(), message(over)]
  expect(await played(recorded, now, {})).toEqual({ fields: [field], ignored: {}, bound: {} })
  expect(await played(recorded, now, { ignore: [field] })).toEqual({ fields: [], ignored: { [field]: 1 }, bound: {} })
  expect(await played(recorded, now, { ignore: ['headers/other', 'value/n'] })).toMatchObject({ fields: [field] })
})

test('an ignored path covers what is below it, and nothing beside it', async () => {
  const now = message({ value: Buffer.from('{"at":{"ts":2},"n":2}') })
  expect(await played(message(), now, { ignore: ['value/at'] })).toMatchObject({ fields: ['value/n'] })
  expect(await played(message(), now, { ignore: ['value'] })).toMatchObject({ fields: [] })
})

test('a comparison of the program decides where bytes and paths do not', async () => {
  const now = message({ value: Buffer.from('{"n":1.0,"at":{"ts":1}}') })
  const compare = (recorded: Message, current: Message): boolean =>
    JSON.parse(String(recorded.value)).n === JSON.parse(String(current.value)).n
  expect(await played(message(), now, { compare })).toMatchObject({ fields: [] })
  expect(await played(message(), message({ value: Buffer.from('{"n":2}') }), { compare })).toMatchObject({
    fields: ['value/at', 'value/n'],
  })
})

test('messages in another order are found by what the rules leave of them', async () => {
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink)
    for (const n of [1, 2, 3])
      await driver.publish(encodeEnvelope(message({ value: Buffer.from(`{"ts":${n},"n":${n}}`) })))
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { ignore: ['value/ts'], rules: { publish: 'bag' } })
  for (const n of [3, 1, 2])
    await driver.publish(encodeEnvelope(message({ value: Buffer.from(`{"ts":${n + 50},"n":${n}}`) })))
  expect(driver.report()).toMatchObject({ divergenceCount: 0, outOfOrder: 1, ignored: { 'value/ts': 3 } })
})

/** Asks with a new id each time, and waits for the answer with that id. */
async function ask(driver: Driver, ids: readonly string[]): Promise<string[]> {
  const answers: string[] = []
  for (const id of ids) await driver.publish(encodeEnvelope(message({ properties: { correlationId: id } })))
  for await (const delivery of driver.deliveries()) {
    const { properties, value } = decodeEnvelope(delivery.envelope)
    const id = properties?.['correlationId'] as string
    await delivery.settle('ack')
    if (!ids.includes(id)) continue
    answers.push(`${id} ${String(value)}`)
    // The answer carries the id in its value.
    await driver.publish(
      encodeEnvelope(message({ properties: { correlationId: id }, value: Buffer.from(`{"of":"${id}"}`) })),
    )
    if (answers.length === ids.length) break
  }
  return answers
}

test('a bound value and the one now are one from then on, in what the program gets and in what it sends', async () => {
  const { reader, remove } = await cassetteOf(async (sink) => {
    await using driver = recording(await openMemory(), sink)
    await ask(driver, ['id-1', 'id-2'])
  })
  cleanup.push(remove)
  await using driver = replaying(reader, { bind: ['properties/correlationId'] })
  expect(await ask(driver, ['new-1', 'new-2'])).toEqual(['new-1 {"at":{"ts":1},"n":1}', 'new-2 {"at":{"ts":1},"n":1}'])
  expect(driver.report()).toMatchObject({ divergenceCount: 0, bound: { 'properties/correlationId': 2 } })
})
