import kafkajs, { type Admin } from 'kafkajs'
import { afterEach, describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, type Delivery, type JsonObject } from '@x07-lab/msg-core'
import { openKafka, type KafkaDriver, type KafkaOptions } from '../../src/index.ts'
import { dispose, freshNames, isLive, livePort, openLive, profile, topic } from './live-broker.ts'

const envelope = (value: string, properties?: JsonObject, name = topic): Uint8Array =>
  encodeEnvelope({ topic: name, key: null, value: Buffer.from(value), headers: [], ...(properties && { properties }) })

const valueOf = ({ envelope: bytes }: Pick<Delivery, 'envelope'>): string => String(decodeEnvelope(bytes).value)

describe.skipIf(!(await isLive()))('on Apache Kafka', () => {
  const drivers: KafkaDriver[] = []

  afterEach(async () => {
    for (const driver of drivers.splice(0)) await dispose(driver)
  })

  async function open(options: Partial<KafkaOptions>): Promise<KafkaDriver> {
    const driver = await openLive(options)
    drivers.push(driver)
    return driver
  }

  async function take(driver: KafkaDriver, count: number): Promise<Delivery[]> {
    const got: Delivery[] = []
    for await (const delivery of driver.deliveries()) {
      got.push(delivery)
      await delivery.settle('ack')
      if (got.length === count) break
    }
    return got
  }

  async function asAdmin<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    const { Kafka, logLevel } = kafkajs
    const admin = new Kafka({ brokers: [`127.0.0.1:${livePort}`], logLevel: logLevel.NOTHING }).admin()
    await admin.connect()
    try {
      return await call(admin)
    } finally {
      await admin.disconnect()
    }
  }

  test('a record has the partition and the timestamp that its publisher chose, in seconds or milliseconds', async () => {
    const driver = await open({ partitions: 4 })
    const results = await Promise.all([
      driver.publish(envelope('a', { partition: 3, timestamp: '1600000000000' })),
      driver.publish(envelope('b', { partition: 3, timestamp: 1_600_000_000_001 })),
      driver.publish(envelope('c', { partition: 3 })),
      driver.publish(envelope('d', { partition: 3, timestamp: '1600000000', priority: 4 })),
    ])
    expect(results).toEqual(
      [0, 1, 2, 3].map((n) => ({ status: 'confirmed', answer: { offset: String(n), partition: 3 } })),
    )
    const got = await take(driver, 4)
    expect(got.map(({ metadata }) => metadata['partition'])).toEqual([3, 3, 3, 3])
    expect(got.slice(0, 2).map(({ metadata }) => metadata['timestamp'])).toEqual(['1600000000000', '1600000000001'])
    for (const { metadata } of got.slice(2)) expect(Number(metadata['timestamp'])).toBeGreaterThan(1_700_000_000_000)
    expect(got.map((one) => decodeEnvelope(one.envelope).properties)).toEqual([
      undefined,
      undefined,
      undefined,
      { priority: 4, timestamp: '1600000000' },
    ])
  })

  test('a partition that the topic does not have is named, and takes no other message with it', async () => {
    const driver = await open({ partitions: 2, retry: { notFoundAfterMs: 200 } })
    const [good, bad] = await Promise.allSettled([
      driver.publish(envelope('a', { partition: 1 })),
      driver.publish(envelope('b', { partition: 7 })),
    ])
    expect(good).toMatchObject({ status: 'fulfilled' })
    expect(bad).toMatchObject({
      reason: { code: 'not_found', message: expect.stringContaining('there is no partition 7, the topic has 2') },
    })
    await expect(driver.publish(envelope('c', { partition: -1 }))).rejects.toMatchObject({
      code: 'invalid_config',
      message: 'publish: property partition is -1, expected a whole number from 0',
    })
  })

  test.each([
    ['too large', { 'max.message.bytes': '2000' }, { value: Buffer.alloc(5_000) }, 'rejected'],
    ['too old', { 'message.timestamp.before.max.ms': '100000' }, { timestamp: 1_000 }, 'fulfilled'],
    ['without a key where the topic is compacted', { 'cleanup.policy': 'compact' }, { key: null }, 'fulfilled'],
  ] as const)(
    'a message that is %s is not taken, and those beside it are written once',
    async (_, config, bad, status) => {
      const physical = freshNames()
      const driver = await open({ physical, partitions: 3, topicSettings: { [topic]: { config } } })
      const one = (partition: number, odd: { key?: null; value?: Uint8Array; timestamp?: number }): Uint8Array => {
        const { timestamp, ...fields } = odd
        const properties = { partition, ...(timestamp !== undefined && { timestamp }) }
        return encodeEnvelope({
          topic,
          key: Buffer.from('k'),
          value: Buffer.from('v'),
          headers: [],
          properties,
          ...fields,
        })
      }
      const results = await Promise.allSettled(
        Array.from({ length: 33 }, (_one, n) => driver.publish(one(n % 3, n === 18 ? bad : {}))),
      )
      const taken = results.filter((result) => result.status === 'fulfilled' && result.value.status === 'confirmed')
      expect([taken.length, results[18]?.status]).toEqual([32, status])
      const ends = await asAdmin((admin) => admin.fetchTopicOffsets(physical(topic)))
      expect(ends.toSorted((a, b) => a.partition - b.partition).map(({ high }) => high)).toEqual(['10', '11', '11'])
    },
  )

  test('of several topics the missing one is named, and only its messages are not published', async () => {
    const physical = freshNames()
    const options = { physical, topics: [topic, 'lab.refunds'], retry: { notFoundAfterMs: 500 } }
    const owner = await open({ physical })
    const driver = await openKafka({ profile, groupId: 'g', ...options })
    const [good, bad] = await Promise.allSettled([
      driver.publish(envelope('a')),
      driver.publish(envelope('b', undefined, 'lab.refunds')),
    ])
    expect(good).toMatchObject({ status: 'fulfilled' })
    expect(bad).toMatchObject({
      reason: { code: 'not_found', message: expect.stringContaining(physical('lab.refunds')) },
    })
    await expect(take(driver, 1)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining(`there is no topic "${physical('lab.refunds')}"`),
    })
    await driver.close()
    expect((await take(owner, 1)).map(valueOf)).toEqual(['a'])
  })

  test.each([
    ['leader', 1, { offset: '0', partition: 0 }],
    ['nobody', 0, { offset: null, partition: 0 }],
  ] as const)('a publish that is acknowledged by %s', async (_who, acks, answer) => {
    const driver = await open({ partitions: 1, acks })
    expect(await driver.publish(envelope('a'))).toEqual({ status: 'confirmed', answer })
    expect((await take(driver, 1)).map(valueOf)).toEqual(['a'])
  })

  test('a new group that is to begin later than every message begins at the end of every partition', async () => {
    const physical = freshNames()
    const writer = await open({ physical, partitions: 3 })
    for (const partition of [0, 1, 2]) await writer.publish(envelope(`early ${partition}`, { partition }))
    const startAt = { timestamp: 4_000_000_000_000 }
    const late = await openKafka({
      profile,
      topics: [topic],
      groupId: 'late',
      physical,
      startAt,
      sessionTimeoutMs: 6_000,
    })
    drivers.unshift(late)
    const waiting = late.deliveries()[Symbol.asyncIterator]().next()
    const committed = async (): Promise<unknown> =>
      (await asAdmin((admin) => admin.fetchOffsets({ groupId: physical('late') })))[0]?.partitions
        .map(({ offset }) => offset)
        .join(' ')
    await expect.poll(committed, { timeout: 20_000 }).toBe('1 1 1')
    await writer.publish(envelope('later', { partition: 1 }))
    expect(valueOf((await waiting).value as Delivery)).toBe('later')
  })

  test('a new group begins where it is told to, and stays there', async () => {
    const physical = freshNames()
    const writer = await open({ physical, partitions: 1 })
    for (const n of [1, 2, 3]) await writer.publish(envelope(`m${n}`, { timestamp: 1_600_000_000_000 + n }))
    const from = async (groupId: string, startAt: NonNullable<KafkaOptions['startAt']>): Promise<KafkaDriver> => {
      const driver = await openKafka({ profile, topics: [topic], groupId, physical, startAt, sessionTimeoutMs: 6_000 })
      drivers.unshift(driver)
      return driver
    }
    const timed = await from('timed', { timestamp: 1_600_000_000_002 })
    expect((await take(timed, 2)).map(valueOf)).toEqual(['m2', 'm3'])
    const late = await from('late', 'latest')
    const waiting = late.deliveries()[Symbol.asyncIterator]().next()
    // The group has committed where it begins: what comes from here on is its own.
    await expect
      .poll(
        async () =>
          (await asAdmin((admin) => admin.fetchOffsets({ groupId: physical('late') })))[0]?.partitions[0]?.offset,
        {
          timeout: 20_000,
        },
      )
      .toBe('3')
    await writer.publish(envelope('m4'))
    expect(valueOf((await waiting).value as Delivery)).toBe('m4')
  })

  test('a regular expression stands for the topics that match it', async () => {
    const physical = freshNames()
    const a = await open({ physical, topics: ['one', 'two', 'other'], partitions: 1 })
    for (const name of ['one', 'other', 'two']) await a.publish(envelope(name, undefined, name))
    const run = physical('').slice(1)
    const driver = await openKafka({
      brokers: [`127.0.0.1:${livePort}`],
      topics: [new RegExp(`^(one|two)\\.${run}$`)],
      groupId: physical('g'),
    })
    drivers.unshift(driver)
    const got = await take(driver, 2)
    expect(new Map(got.map((one) => [decodeEnvelope(one.envelope).topic, valueOf(one)]))).toEqual(
      new Map([
        [physical('one'), 'one'],
        [physical('two'), 'two'],
      ]),
    )
    await expect(driver.publish(envelope('x', undefined, 'other'))).rejects.toMatchObject({ code: 'not_found' })
    expect(await driver.publish(envelope('x', undefined, physical('two')))).toMatchObject({ status: 'confirmed' })
  })

  // As many messages as were read, fewer and more.
  test.each([3, 5, 9])('a topic made anew with %d messages is read from its beginning', async (count) => {
    const physical = freshNames()
    const told: string[] = []
    const driver = await open({ physical, partitions: 1, log: (level, text) => level === 'warn' && told.push(text) })
    for (let n = 0; n < 5; n++) await driver.publish(envelope(`a${n}`))
    const got: string[] = []
    const renew = async (): Promise<void> => {
      await asAdmin((admin) => admin.deleteTopics({ topics: [physical(topic)] }))
      await expect
        .poll(async () => asAdmin((admin) => admin.listTopics()), { timeout: 10_000 })
        .not.toContain(physical(topic))
      await asAdmin((admin) => admin.createTopics({ topics: [{ topic: physical(topic), numPartitions: 1 }] }))
      for (let n = 0; n < count; n++) await driver.publish(envelope(`b${n}`))
    }
    for await (const delivery of driver.deliveries()) {
      got.push(`${valueOf(delivery)} ${delivery.metadata['redelivered']}`)
      await delivery.settle('ack')
      if (got.length === 5) await renew()
      if (got.length === 5 + count) break
    }
    expect(got.slice(5)).toEqual(Array.from({ length: count }, (_, n) => `b${n} false`))
    expect(told.filter((text) => text.includes('was deleted and made anew'))).toHaveLength(1)
  })

  test('a message for a partition that is gone goes to one that the topic made anew has', async () => {
    const physical = freshNames()
    const driver = await open({ physical, partitions: 8 })
    for (let n = 0; n < 8; n++) await driver.publish(envelope(`a${n}`))
    await asAdmin((admin) => admin.deleteTopics({ topics: [physical(topic)] }))
    await expect
      .poll(async () => asAdmin((admin) => admin.listTopics()), { timeout: 10_000 })
      .not.toContain(physical(topic))
    await asAdmin((admin) => admin.createTopics({ topics: [{ topic: physical(topic), numPartitions: 2 }] }))
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => driver.publish(envelope(`b${n}`))))
    expect(answers.map((answer) => answer.status === 'confirmed' && answer.answer['partition'])).toEqual([
      0, 1, 0, 1, 0, 1, 0, 1,
    ])
  })

  test('messages that are deleted before they are read end the iteration, and the next one goes on behind them', async () => {
    const physical = freshNames()
    const small = { ...profile, limits: { ...profile.limits, max_poll_items: 1 } }
    const writer = await open({ physical, partitions: 1 })
    const reader = await openKafka({
      profile: small,
      topics: [topic],
      groupId: 'other',
      physical,
      sessionTimeoutMs: 6_000,
    })
    drivers.unshift(reader)
    await writer.publish(envelope('first'))
    const reading = reader.deliveries()[Symbol.asyncIterator]()
    await ((await reading.next()).value as Delivery).settle('ack')
    // So large that a fetch brings one: the reader, which has no room for a second, stands somewhere among them.
    for (let n = 0; n < 5; n++) await writer.publish(envelope('x'.repeat(900_000)))
    await asAdmin(async (admin) => {
      await admin.fetchTopicOffsets(physical(topic))
      await admin.deleteTopicRecords({ topic: physical(topic), partitions: [{ partition: 0, offset: '6' }] })
    })
    const rest: string[] = []
    const ended = (async () => {
      for (let step = await reading.next(); step.done !== true; step = await reading.next()) {
        rest.push(step.value.metadata['offset'] as string)
        await step.value.settle('ack')
      }
    })()
    await expect(ended).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringMatching(
        /offsets \d to 5 of partition 0 of topic lab\.events were deleted before they were read/,
      ),
    })
    await writer.publish(envelope('last'))
    expect((await take(reader, 1)).map(valueOf)).toEqual(['last'])
  })

  test('messages that are deleted between two drivers of a group are told, and the next iteration goes on behind them', async () => {
    const physical = freshNames()
    const writer = await open({ physical, partitions: 1 })
    for (let n = 0; n < 8; n++) await writer.publish(envelope(`m${n}`))
    const member = async (): Promise<KafkaDriver> => {
      const driver = await openKafka({ profile, topics: [topic], groupId: 'other', physical, sessionTimeoutMs: 6_000 })
      drivers.unshift(driver)
      return driver
    }
    const first = await member()
    expect((await take(first, 3)).map(valueOf)).toEqual(['m0', 'm1', 'm2'])
    await first.close()
    await asAdmin(async (admin) => {
      await admin.fetchTopicOffsets(physical(topic))
      await admin.deleteTopicRecords({ topic: physical(topic), partitions: [{ partition: 0, offset: '6' }] })
    })
    const second = await member()
    await expect(take(second, 2)).rejects.toMatchObject({
      code: 'not_found',
      message: expect.stringContaining('offsets 3 to 5 of partition 0 of topic lab.events were deleted'),
    })
    expect((await take(second, 2)).map(valueOf)).toEqual(['m6', 'm7'])
  })

  test('a group that began at the end reads what appears later from its beginning: partitions, and topics of a pattern', async () => {
    const physical = freshNames()
    const run = physical('').slice(1)
    const told: string[] = []
    const writer = await open({ physical, topics: ['old'], partitions: 1 })
    const member = async (): Promise<KafkaDriver> => {
      const driver = await openKafka({
        brokers: [`127.0.0.1:${livePort}`],
        topics: [new RegExp(`^(old|new)\\.${run}$`)],
        groupId: 'late',
        physical,
        startAt: 'latest',
        sessionTimeoutMs: 6_000,
        metadataMaxAgeMs: 500,
        log: (level, text) => level === 'info' && told.push(text),
      })
      drivers.unshift(driver)
      return driver
    }
    await writer.publish(envelope('before', undefined, 'old'))
    const late = await member()
    const reading = late.deliveries()[Symbol.asyncIterator]()
    const next = async (): Promise<string> => {
      const delivery = (await reading.next()).value as Delivery
      await delivery.settle('ack')
      return valueOf(delivery)
    }
    const first = next()
    await expect
      .poll(async () => asAdmin((one) => one.fetchOffsets({ groupId: physical('late'), topics: [physical('old')] })), {
        timeout: 20_000,
      })
      .toMatchObject([{ partitions: [{ offset: '1' }] }])
    await writer.publish(envelope('after', undefined, 'old'))
    expect(await first).toBe('after')

    const made = await open({ physical, topics: ['new'], partitions: 1 })
    await made.publish(envelope('of a new topic', undefined, 'new'))
    expect(await next()).toBe('of a new topic')

    const grow = (count: number) =>
      asAdmin((one) => one.createPartitions({ topicPartitions: [{ topic: physical('old'), count }] }))
    const into = async (partition: number, value: string): Promise<void> => {
      const other = await open({ physical, topics: ['old'] })
      await other.publish(envelope(value, { partition }, 'old'))
    }
    await grow(2)
    await into(1, 'of a new partition')
    expect(await next()).toBe('of a new partition')
    await late.close()

    await grow(3)
    await into(2, 'while nobody read')
    expect((await take(await member(), 1)).map(valueOf)).toEqual(['while nobody read'])
    expect(told).toContain(
      `consume from kafka_v1: group ${physical('late')} reads topic ${physical('old')} and has no commit of partition 2, which is ` +
        'taken for a later one and read from its beginning',
    )
  })
})
