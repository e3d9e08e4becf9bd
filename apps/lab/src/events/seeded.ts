import { envelopeOf, type EventSource, type LabEvent } from './event.ts'
import { seededNumbers } from './random.ts'

/** Distinct keys in a seeded run. */
const keyCount = 64
const places = ['Zürich', 'Kraków', '東京', 'São Paulo', 'Reykjavík', 'Αθήνα', 'Cape Town', 'Québec \u{1F341}']
const kinds = ['order.created', 'order.paid', 'order.shipped', 'order.returned']

/**
 * Order events made from a seed. The members of every object stand in sorted order and the numbers are integers or
 * quarters, so that `JSON.stringify` already gives RFC 8785 (a test compares it with the canonical form).
 *
 * @param options.messages at least 1
 * @param options.seed a whole number from 0 to 2^53 - 1
 */
export function seededEvents(options: {
  readonly topic: string
  readonly messages: number
  readonly seed: number
}): EventSource {
  const { topic, messages, seed } = options
  return {
    total: messages,
    describe: () => ({ source: 'seed', seed, messages }),
    *envelopes() {
      const random = seededNumbers(seed)
      for (let n = 0; n < messages; n++) yield envelopeOf(topic, seededEvent(n, random))
    },
  }
}

export function seededEvent(n: number, random: (below: number) => number): LabEvent {
  const customer = random(keyCount)
  const lines = Array.from({ length: 1 + random(3) }, () => ({
    price: random(40_000) / 4,
    quantity: 1 + random(9),
    sku: `sku-${random(1_000)}`,
  }))
  const payload = JSON.stringify({
    at: 1_700_000_000_000 + n * 250 + random(250),
    customer: `customer-${customer}`,
    kind: kinds[random(kinds.length)],
    lines,
    n,
    place: places[random(places.length)],
    urgent: random(8) === 0,
  })
  return { n, key: `customer-${customer}`, payload }
}
