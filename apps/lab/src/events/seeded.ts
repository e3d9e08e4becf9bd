import { crc32 } from 'node:zlib'
import { shardText, type Shard } from '../shards/shard.ts'
import { againStep, envelopeOf, type EventSource, type LabEvent } from './event.ts'
import { seededNumbers } from './random.ts'

/** Distinct keys in a seeded run. */
const keyCount = 64
const places = ['Zürich', 'Kraków', '東京', 'São Paulo', 'Reykjavík', 'Αθήνα', 'Cape Town', 'Québec \u{1F341}']
const kinds = ['order.created', 'order.paid', 'order.shipped', 'order.returned']

/**
 * Order events made from a seed. They are written in RFC 8785 at once: members in sorted order, numbers that are integers or
 * quarters, texts that need no escape (a test compares them with the canonical form).
 *
 * @param options.messages at least 1
 * @param options.seed a whole number from 0 to 2^53 - 1
 */
export function seededEvents(options: {
  readonly topic: string
  readonly messages: number
  readonly seed: number
  /** Only the events of the keys that fall to this part of the workers. */
  readonly shard?: Shard | undefined
}): EventSource {
  const { topic, messages, seed, shard } = options
  /** States of the generator, one every {@link againStep} events. */
  const states: number[] = []
  return {
    total: shard === undefined ? messages : undefined,
    describe: () => ({ source: 'seed', seed, messages, ...(shard === undefined ? {} : { shard: shardText(shard) }) }),
    *envelopes() {
      const random = seededNumbers(seed)
      for (let n = 0; n < messages; n++) {
        if (n % againStep === 0) states[n / againStep] = random.state()
        const event = seededEvent(n, random)
        if (shard === undefined || crc32(event.key ?? '') % shard.count === shard.index - 1)
          yield envelopeOf(topic, event)
      }
    },
    *again(from, count) {
      const random = seededNumbers(seed, states[from / againStep])
      for (let n = from; n < from + count; n++) yield envelopeOf(topic, seededEvent(n, random))
    },
  }
}

export function seededEvent(n: number, random: (below: number) => number): LabEvent {
  const customer = random(keyCount)
  let lines = ''
  for (let left = 1 + random(3); left > 0; left--) {
    const price = random(40_000) / 4
    lines += `{"price":${price},"quantity":${1 + random(9)},"sku":"sku-${random(1_000)}"}${left > 1 ? ',' : ''}`
  }
  const at = 1_700_000_000_000 + n * 250 + random(250)
  const kind = kinds[random(kinds.length)] ?? ''
  const place = places[random(places.length)] ?? ''
  const urgent = random(8) === 0
  const key = `customer-${customer}`
  const payload = `{"at":${at},"customer":"${key}","kind":"${kind}","lines":[${lines}],"n":${n},"place":"${place}","urgent":${urgent}}`
  return { n, key, payload }
}
