import { encodeEnvelope, type Message } from '@x07-lab/msg-core'
import { connect } from 'amqplib'
import { describe, expect, test } from 'vitest'
import { openAmqp } from '../../src/index.ts'
import { amqpBroker } from '../support/broker.ts'
import { profile, topology } from '../support/contracts.ts'
import { complete, consumeAll, publishAll } from '../support/pipeline.ts'
import { newRun } from '../support/run.ts'

const broker = await amqpBroker()
const port = broker?.port ?? 0

const message = (over: Partial<Message> = {}): Uint8Array =>
  encodeEnvelope({ topic: 'lab.events', key: Buffer.from('k'), value: Buffer.from('{}'), headers: [], ...over })

describe.skipIf(broker === undefined)('what RabbitMQ refuses', () => {
  test('a wrong password is auth_refused at once', async () => {
    const secrets: Record<string, string> = { user: 'guest', password: 'wrong-Horse-7' }
    const opening = openAmqp({
      profile: profile({ port, auth: { username_secret_id: 'user', password_secret_id: 'password' } }),
      topology: topology(),
      secrets: (id) => secrets[id],
      retry: { openAttempts: 5 },
    })
    await expect(opening).rejects.toMatchObject({
      code: 'auth_refused',
      message:
        `open broker local_dev_v1 at 127.0.0.1:${port}: the broker answered 403 ACCESS_REFUSED - Login was refused using ` +
        'authentication mechanism PLAIN. For details see the broker logfile.; check the user and password that the profile names by secret id',
    })
    await expect(opening).rejects.not.toMatchObject({ message: expect.stringContaining('wrong-Horse-7') })
    const byUrl = openAmqp({ url: `amqp://guest:wrong-Horse-7@127.0.0.1:${port}`, topology: topology() })
    await expect(byUrl).rejects.toMatchObject({
      code: 'auth_refused',
      message: expect.stringMatching(/^(?!.*wrong-Horse).*; check the user and password in the URL, percent-encoded$/),
    })
  })

  test('a virtual host that is not there is access_denied', async () => {
    await expect(
      openAmqp({ profile: profile({ port, vhost: 'no such' }), topology: topology() }),
    ).rejects.toMatchObject({
      code: 'access_denied',
      message:
        `open broker local_dev_v1 at 127.0.0.1:${port}: the broker closed the connection when the virtual host was opened; ` +
        'check that the virtual host and the names exist and that the user may use them',
    })
  })

  test('a message that no queue takes is refused, not lost in silence', async () => {
    const contracts = {
      topology: topology({ bindings: [{ exchange: 'lab.events', queue: 'lab.events', routing_key: 'known' }] }),
    }
    await using run = newRun(port, contracts)
    const driver = await run.open()
    await driver.ensureTopology()
    const results = await Promise.all([
      driver.publish(message({ key: Buffer.from('known') })),
      driver.publish(message({ key: Buffer.from('other') })),
      driver.publish(message({ key: Buffer.from('known') })),
    ])
    expect(results).toEqual([
      { status: 'confirmed', answer: { exchange: 'lab.events' } },
      { status: 'refused', reason: '312 NO_ROUTE: no queue takes it from exchange lab.events' },
      { status: 'confirmed', answer: { exchange: 'lab.events' } },
    ])
  })

  test.each([
    ['user', { userId: 'somebody-else' }, "user_id property set to 'somebody-else' but authenticated user was 'guest'"],
    ['expiration', { expiration: 'soon' }, "invalid expiration 'soon': no_integer"],
    ['expiration', { expiration: '-1' }, "invalid expiration '-1': {value_negative,-1}"],
  ])(
    'a message with an odd %s fails alone; its neighbours are confirmed and sent once: %j',
    async (_, properties, said) => {
      await using run = newRun(port)
      const driver = await run.open()
      await driver.ensureTopology()
      const own = { userId: 'guest', expiration: '600000' }
      const calls = Array.from({ length: 20 }, (_one, n) =>
        driver.publish(message(n === 7 ? { properties } : n % 5 === 0 ? { properties: own } : {})),
      )
      const results = await Promise.allSettled(calls)
      const once = { status: 'fulfilled', value: { status: 'confirmed', answer: { exchange: 'lab.events' } } }
      expect(results.filter((_one, n) => n !== 7)).toEqual(Array.from({ length: 19 }, () => once))
      await expect(calls[7]).rejects.toMatchObject({
        code: 'precondition_failed',
        message:
          `publish to lab.events: the broker answered 406 PRECONDITION_FAILED - ${said}; ` +
          'what is on the broker, or in the message, is not as declared',
      })
    },
  )

  test('an exchange that was deleted is not_found, by its logical name', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    await driver.removeTopology()
    await expect(driver.publish(message())).rejects.toMatchObject({
      code: 'not_found',
      message:
        "publish to lab.events: the broker answered 404 NOT_FOUND - no exchange 'lab.events' in vhost '/'; declare it (ensureTopology does), or correct its name",
    })
    await driver.ensureTopology()
    expect(await driver.publish(message())).toMatchObject({ status: 'confirmed' })
  })

  test('a queue that was declared otherwise is precondition_failed, by its logical name', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    const other = await run.open({ topology: topology({ queues: [{ name: 'lab.events', durable: false }] }) })
    await expect(other.ensureTopology()).rejects.toMatchObject({
      code: 'precondition_failed',
      message: expect.stringMatching(
        /^declare topology app_v1 on local_dev_v1: the broker answered 406 PRECONDITION_FAILED - inequivalent arg 'durable' for queue 'lab\.events' in vhost '\/'/,
      ),
    })
  })

  test('consuming from a queue that is not there is not_found, and works once it is', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    const next = driver.deliveries()[Symbol.asyncIterator]().next()
    await expect(next).rejects.toMatchObject({
      code: 'not_found',
      message:
        "consume from local_dev_v1: the broker answered 404 NOT_FOUND - no queue 'lab.events' in vhost '/'; declare it (ensureTopology does), or correct its name",
    })
    await driver.ensureTopology()
    await publishAll(driver, 3)
    expect(await consumeAll(driver, 3)).toEqual({ byKey: complete(3), duplicates: 0 })
  })

  test('a queue deleted under its consumer ends the deliveries as cancelled', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    await publishAll(driver, 1)
    const deliveries = driver.deliveries()[Symbol.asyncIterator]()
    await deliveries.next()
    const client = await connect(`amqp://guest:guest@127.0.0.1:${port}`)
    const channel = await client.createChannel()
    await channel.deleteQueue(run.physical('lab.events'))
    await client.close()
    await expect(deliveries.next()).rejects.toMatchObject({
      code: 'cancelled',
      message:
        'consume from queue lab.events of local_dev_v1: the broker ended the consumer, the queue is gone; declare the topology and consume again',
    })
  })

  test('a publish that is aborted rejects, and close does not wait for it', async () => {
    await using run = newRun(port)
    const driver = await run.open({ maxUnconfirmed: 1 })
    await driver.ensureTopology()
    const stop = new AbortController()
    const first = driver.publish(message())
    const waiting = driver.publish(message(), { signal: stop.signal })
    stop.abort()
    await expect(waiting).rejects.toMatchObject({
      code: 'aborted',
      message: 'publish to lab.events: aborted by the caller',
    })
    await expect(driver.publish(message(), { signal: stop.signal })).rejects.toMatchObject({ code: 'aborted' })
    await driver.close()
    expect(await first).toMatchObject({ status: 'confirmed' })
  })

  test('what was acked just before close does not come again', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    await publishAll(driver, 300)
    const deliveries = driver.deliveries()[Symbol.asyncIterator]()
    for (let n = 0; n < 300; n++) await (await deliveries.next()).value.settle('ack')
    await driver.close()
    const client = await connect(`amqp://guest:guest@127.0.0.1:${port}`)
    const channel = await client.createChannel()
    expect(await channel.checkQueue(run.physical('lab.events'))).toMatchObject({ messageCount: 0 })
    await client.close()
  })

  test('a delivery of a closed driver cannot be settled any more', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    await publishAll(driver, 1)
    const { value } = await driver.deliveries()[Symbol.asyncIterator]().next()
    await driver.close()
    await expect(value.settle('ack')).rejects.toMatchObject({
      code: 'closed',
      message: 'settle a delivery from queue lab.events of local_dev_v1: the driver is closed',
    })
  })

  test('headers that do not fit a frame are too_large', async () => {
    await using run = newRun(port)
    const driver = await run.open()
    await driver.ensureTopology()
    const large = message({ headers: [['a', 'x'.repeat(140_000)]] })
    await expect(driver.publish(large)).rejects.toMatchObject({
      code: 'too_large',
      message:
        'publish to lab.events: properties and headers take 140034 bytes, the broker takes 131072 in one frame (frame_max); put less into the headers',
    })
    expect(await driver.publish(message())).toMatchObject({ status: 'confirmed' })
  })
})
