import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { parseRegistry } from '../../src/index.ts'
import { delay, depth, orders, registryDocument } from '../registry-document.ts'

/** A registry that is valid but for what is given. */
const members = (changed: object): unknown => ({ ...registryDocument(orders), ...changed })

describe('reading a registry', () => {
  test('gives the declarations, with no buckets where there are none', () => {
    expect(parseRegistry(registryDocument(orders, delay))).toEqual({
      id: 'test_v1',
      v: 1,
      metrics: [
        {
          id: 'orders_total',
          type: 'counter_u64_v1',
          help: 'Orders.',
          unit: '',
          labels: ['region', 'kind'],
          histogramBuckets: [],
        },
        {
          id: 'delay_seconds',
          type: 'histogram_f64_v1',
          help: 'Time to serve an order.',
          unit: 'seconds',
          labels: [],
          histogramBuckets: [0.00001, 0.005, 1, 10],
        },
      ],
    })
  })

  test('takes the registry that this repository pins', () => {
    const path = new URL('../../../../arch/obs/metrics/registry.x07metrics.json', import.meta.url)
    const registry = parseRegistry(JSON.parse(readFileSync(path, 'utf8')))
    expect(registry.metrics.map(({ id, labels }) => [id, ...labels].join(' '))).toEqual([
      'lab_messages_produced_total',
      'lab_messages_consumed_total outcome',
      'lab_messages_duplicated_total',
      'lab_payload_bytes_total direction',
      'lab_publish_confirm_latency_seconds',
      'lab_processing_latency_seconds',
    ])
  })

  test.for<[string, unknown, string]>([
    ['an array', [], 'the document is an empty list, expected an object'],
    ['nothing', null, 'the document is null, expected an object'],
    ['a missing member', members({ metrics: undefined }), 'metrics is missing, expected a list of at least 1 item'],
    [
      'another version',
      { ...registryDocument(), schema_version: 'x07.obs.metrics.registry@0.2.0' },
      'schema_version is "x07.obs.metrics.registry@0.2.0", expected "x07.obs.metrics.registry@0.1.0"',
    ],
    [
      'an unknown member',
      members({ note: 1 }),
      'the document has an unknown field "note", it may have schema_version, id, v, metrics',
    ],
    [
      'a hidden prototype',
      JSON.parse(JSON.stringify(registryDocument(orders)).replace('{', '{"__proto__":{},')),
      'the document has an unknown field "__proto__", it may have schema_version, id, v, metrics',
    ],
    [
      'an id that is empty',
      members({ id: '' }),
      'id is "", expected text of 1 to 128 characters that matches ^[A-Za-z0-9][A-Za-z0-9._-]*$',
    ],
    ['v below 1', members({ v: 0 }), 'v is 0, expected an integer from 1'],
    ['v as text', members({ v: '1' }), 'v is "1", expected an integer from 1'],
    ['no metric', registryDocument(), 'metrics is an empty list, expected a list of at least 1 item'],
    [
      'another type',
      registryDocument({ ...orders, type: 'summary' }),
      'metrics[0].type is "summary", expected one of counter_u64_v1, gauge_f64_v1, histogram_f64_v1',
    ],
    [
      'help that is too long',
      registryDocument({ ...orders, help: '😀'.repeat(1025) }),
      `metrics[0].help is "${'😀'.repeat(29)}…, expected text of 1 to 1024 characters`,
    ],
    [
      'a label that is no text',
      registryDocument({ ...orders, labels: ['a', 1] }),
      'metrics[0].labels[1] is 1, expected text of 1 to 128 characters that matches ^[a-zA-Z_][a-zA-Z0-9_]*$',
    ],
    [
      'a bucket that is no number',
      registryDocument({ ...delay, histogram_buckets: ['1'] }),
      'metrics[0].histogram_buckets[0] is "1", expected a number',
    ],
    [
      'buckets that are no array',
      registryDocument({ ...delay, histogram_buckets: 1 }),
      'metrics[0].histogram_buckets is 1, expected a list',
    ],
  ])('refuses %s', ([, document, message]) => {
    expect(() => parseRegistry(document)).toThrow(
      expect.objectContaining({ code: 'invalid_registry', message: `read metrics registry: ${message}` }),
    )
  })

  test('takes help of 1024 characters beyond the basic plane', () => {
    const help = '😀'.repeat(1024)
    expect(parseRegistry(registryDocument({ ...orders, help })).metrics[0]?.help).toBe(help)
  })
})

describe('what OpenMetrics could not carry', () => {
  test.for<[string, object[], string]>([
    [
      'a name with a dash',
      [{ ...depth, id: 'queue-depth' }],
      '"queue-depth": an OpenMetrics name starts with a letter and holds letters, digits and underscores',
    ],
    [
      'a reserved underscore',
      [{ ...depth, id: '_depth' }],
      '"_depth": an OpenMetrics name starts with a letter and holds letters, digits and underscores',
    ],
    ['a counter without _total', [{ ...orders, id: 'orders' }], '"orders": the name of a counter ends in _total'],
    [
      'a counter of nothing',
      [{ ...orders, id: '_total' }],
      '"_total": an OpenMetrics name starts with a letter and holds letters, digits and underscores',
    ],
    [
      'a unit that the name lacks',
      [{ ...delay, id: 'delay' }],
      '"delay": the unit seconds is not the end of its name, delay_seconds would be right',
    ],
    [
      'a unit after _total',
      [{ ...orders, unit: 'bytes' }],
      '"orders_total": the unit bytes is not the end of its name, orders_bytes_total would be right',
    ],
    [
      'a unit that is no word',
      [{ ...depth, unit: 'm/s' }],
      '"queue_depth": the unit "m/s" is not a word that a name can end in',
    ],
    [
      'help with a carriage return',
      [{ ...depth, help: 'a\rb' }],
      '"queue_depth": its help holds a carriage return, for which OpenMetrics has no escape',
    ],
    [
      'a label that OpenMetrics reserves',
      [{ ...depth, labels: ['_b'] }],
      '"queue_depth": label "_b" does not start with a letter and hold letters, digits and underscores alone',
    ],
    [
      'a reserved label',
      [{ ...depth, labels: ['__name__'] }],
      '"queue_depth": label "__name__" does not start with a letter and hold letters, digits and underscores alone',
    ],
    [
      'le on a histogram',
      [{ ...delay, labels: ['le'] }],
      '"delay_seconds": label le is what histograms name their buckets by',
    ],
    ['a label twice', [{ ...depth, labels: ['a', 'a'] }], '"queue_depth": label a is listed twice'],
    [
      'buckets on a gauge',
      [{ ...depth, histogram_buckets: [1] }],
      '"queue_depth": only a histogram has histogram_buckets',
    ],
    [
      'a histogram without buckets',
      [{ ...delay, histogram_buckets: [] }],
      '"delay_seconds": a histogram needs histogram_buckets',
    ],
    [
      'buckets that repeat',
      [{ ...delay, histogram_buckets: [1, 1] }],
      '"delay_seconds": bucket 1 follows 1, buckets increase',
    ],
    [
      'buckets that fall',
      [{ ...delay, histogram_buckets: [2, 1] }],
      '"delay_seconds": bucket 1 follows 2, buckets increase',
    ],
    [
      'a bucket below 0',
      [{ ...delay, histogram_buckets: [-1] }],
      '"delay_seconds": bucket -1 is below 0, where a histogram of this program observes nothing',
    ],
    [
      'half a microsecond',
      [{ ...delay, histogram_buckets: [0.0000005] }],
      '"delay_seconds": bucket 5e-7 is not a whole number of microseconds, in which it counts',
    ],
    [
      'half a byte',
      [{ ...delay, id: 'size_bytes', unit: 'bytes', histogram_buckets: [0.5] }],
      '"size_bytes": bucket 0.5 is not a whole number of bytes, in which it counts',
    ],
    ['an id twice', [depth, depth], '"queue_depth": it is declared twice'],
    [
      'a gauge in the place of a counter',
      [{ ...orders }, { ...depth, id: 'orders' }],
      '"orders": orders would belong to orders_total as well, rename one of them',
    ],
    [
      'a gauge in the place of a bucket',
      [delay, { ...depth, id: 'delay_seconds_bucket' }],
      '"delay_seconds_bucket": delay_seconds_bucket would belong to delay_seconds as well, rename one of them',
    ],
  ])('refuses %s', ([, metrics, message]) => {
    expect(() => parseRegistry(registryDocument(...metrics))).toThrow(
      expect.objectContaining({ code: 'invalid_registry', message: `declare metric ${message}` }),
    )
  })
})
