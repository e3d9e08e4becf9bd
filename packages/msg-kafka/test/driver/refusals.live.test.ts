import { describe, expect, test } from 'vitest'
import { openKafka } from '../../src/index.ts'
import { dispose, freshNames, isLive, livePort, openLive, profile, topic } from './live-broker.ts'
import { consumeAll, openLedger, publishAll } from './survival.ts'

describe.skipIf(!(await isLive()))('what Kafka refuses is told with what to do about it', () => {
  test('publishing to a topic that was deleted, and consuming from it', async () => {
    const physical = freshNames()
    const driver = await openLive({ physical, retry: { notFoundAfterMs: 500 } })
    const ledger = openLedger(2)
    await publishAll(driver, { messages: 1 })
    const other = await openKafka({ profile, topics: [topic], groupId: 'others', physical })
    await other.removeTopology()
    await other.close()
    const gone = (start: string) => ({
      code: 'not_found',
      message: expect.stringMatching(
        new RegExp(
          String.raw`^${start}; tried for \d+ s; the topic was deleted or never created: create it \(ensureTopology does\), or ` +
            'correct its name$',
        ),
      ),
    })
    const name = physical(topic)
    await expect(publishAll(driver, { messages: 1 })).rejects.toMatchObject(
      gone(String.raw`publish to kafka_test_v1 \(topic ${name}\): this server does not host this topic-partition`),
    )
    await expect(consumeAll(driver, ledger)).rejects.toMatchObject(
      gone(`consume from kafka_test_v1: there is no topic "${name}"`),
    )
    await dispose(driver)
  })

  test.for(['plain_v1', 'scram_v1'] as const)('a login, %s, to a listener that asks for none', async (sasl_mode) => {
    const security = { sasl_mode, tls: false, username_secret_id: 'user', password_secret_id: 'password' }
    await expect(openLive({ profile: { ...profile, security }, secrets: () => 'x' })).rejects.toMatchObject({
      code: 'auth_refused',
      message:
        `open kafka_test_v1 at 127.0.0.1:${livePort}: request is not valid given the current SASL state; this listener asks ` +
        'for no login: set security.sasl_mode in the profile to none_v1, or give the address of one that does',
    })
  })
})
