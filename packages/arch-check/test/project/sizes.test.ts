import { describe, expect, it } from 'vitest'
import { BASES } from '../fixtures/bases.ts'
import { type Edit, writeProject } from '../fixtures/project.ts'

const MSG = 'arch/msg/index.x07msg.json'
const KAFKA = 'arch/msg/kafka/profiles/shop_kafka.kafka_profile.json'
const AMQP = 'arch/msg/amqp/profiles/shop_amqp.amqp_profile.json'
const POLICY = 'arch/rr/policies/orders_rr.policy.json'
const MANIFEST = 'arch/manifest.x07arch.json'

async function chain(edits: Edit[]): Promise<string[]> {
  using project = writeProject(BASES.full)
  project.edit(edits)
  await project.lock()
  const { findings } = await project.check()
  return findings.map(
    ({ code, severity, at, message }) => `${severity} ${code} ${at?.pointer}: ${message.split(': ')[1]}`,
  )
}

describe('the chain of size limits', () => {
  it.each<[string, Edit[], string[]]>([
    ['equal limits', [{ path: MSG, set: '/topics/0/max_value_bytes', value: 8192 }], []],
    [
      'a topic larger than the smallest profile',
      [
        { path: MSG, set: '/topics/0/max_value_bytes', value: 9000 },
        { path: AMQP, set: '/limits/max_body_bytes', value: 10000 },
      ],
      [
        `error E_ARCH_SIZE_CHAIN /topics/0/max_value_bytes: max_value_bytes of topic orders is 9000, more than the 8192 of max_message_bytes of ${KAFKA}`,
      ],
    ],
    [
      'a profile larger than what its policy records',
      [{ path: KAFKA, set: '/limits/max_message_bytes', value: 65537 }],
      ['max_req_bytes', 'max_resp_bytes'].map(
        (key) =>
          `error E_ARCH_SIZE_CHAIN /limits/max_message_bytes: max_message_bytes is 65537, more than the 65536 of ${key} of ${POLICY}`,
      ),
    ],
    [
      'a profile of a group that only warns',
      [
        { path: MANIFEST, set: '/contracts_v1/msg_amqp/enforce', value: 'warn' },
        { path: AMQP, set: '/limits/max_body_bytes', value: 65537 },
        { path: POLICY, set: '/budgets/max_req_bytes', value: 70000 },
      ],
      [
        `warning E_ARCH_SIZE_CHAIN /limits/max_body_bytes: max_body_bytes is 65537, more than the 65536 of max_resp_bytes of ${POLICY}`,
      ],
    ],
    [
      'a profile of a group that is off',
      [
        { path: MANIFEST, set: '/contracts_v1/msg_amqp/enforce', value: 'off' },
        { path: AMQP, set: '/limits/max_body_bytes', value: 65537 },
      ],
      [],
    ],
    [
      'entries larger than the cassette',
      [{ path: POLICY, set: '/budgets/max_cassette_bytes', value: 65535 }],
      ['max_req_bytes', 'max_resp_bytes'].map(
        (key) => `error E_ARCH_SIZE_CHAIN /budgets/${key}: ${key} is 65536, more than the 65535 of max_cassette_bytes`,
      ),
    ],
  ])('%s', async (_title, edits, wanted) => {
    expect(await chain(edits)).toEqual(wanted)
  })
})
