import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, test } from 'vitest'
import {
  createMetrics,
  type MetricsSnapshot,
  type Report,
  REPORT_SCHEMA_VERSION,
  writeReport,
} from '../../src/index.ts'
import schema from '../../schemas/report.schema.json' with { type: 'json' }
import { delay, depth, orders, registryDocument } from '../registry-document.ts'

const none: MetricsSnapshot = { families: [] }
const empty: Report = { schema_version: REPORT_SCHEMA_VERSION, inputs: {}, aggregate: {}, metrics: none }
const reportOf = (parts: Partial<Report>): string => new TextDecoder().decode(writeReport({ ...empty, ...parts }))

const ajv = new Ajv2020({ strict: true, ownProperties: true, allErrors: true })
const isReport = ajv.compile(schema)

function measured(): MetricsSnapshot {
  const metrics = createMetrics(registryDocument(orders, depth, { ...delay, histogram_buckets: [0.00001, 1] }))
  metrics.counter('orders_total', { region: 'eu', kind: 'new' }).inc(3)
  for (let round = 0; round < 2; round += 1) {
    metrics.counter('orders_total', { region: 'eu', kind: 'old' }).inc(Number.MAX_SAFE_INTEGER)
  }
  metrics.gauge('queue_depth').set(0.1)
  metrics.histogram('delay_seconds').observe(100_000)
  return metrics.snapshot()
}

describe('a report', () => {
  test('is these bytes, with members in order and no line feed', () => {
    expect(reportOf({ inputs: { seed: 7, messages: 1000 }, aggregate: { root: 'é' }, metrics: measured() })).toBe(
      [
        '{"aggregate":{"root":"é"},"inputs":{"messages":1000,"seed":7},"metrics":[',
        '{"help":"Time to serve an order.","name":"delay_seconds","series":[{"buckets":[{"count":0,"le":"1e-05"},',
        '{"count":1,"le":"1.0"},{"count":1,"le":"+Inf"}],"count":1,"labels":{},"sum":"0.1"}],"type":"histogram","unit":"seconds"},',
        '{"help":"Orders.","name":"orders","series":[{"labels":{"kind":"new","region":"eu"},"value":3},',
        '{"labels":{"kind":"old","region":"eu"},"value":"18014398509481982"}],"type":"counter","unit":""},',
        '{"help":"Orders that wait.","name":"queue_depth","series":[{"labels":{},"value":0.1}],"type":"gauge","unit":""}',
        '],"schema_version":"x07.lab.report@0.1.0"}',
      ].join(''),
    )
  })

  test('has a gauge that is a large whole number as text, with every digit of the double', () => {
    const metrics = createMetrics(registryDocument(depth))
    metrics.gauge('queue_depth').set(1e21)
    const report = reportOf({ metrics: metrics.snapshot() })
    expect(report).toContain('"value":"1000000000000000000000"')
    expect(isReport(JSON.parse(report))).toBe(true)
  })

  test.for<[string, unknown, string]>([
    ['undefined', { a: undefined }, 'canonicalize the value at "/aggregate/a": a undefined has no JSON form'],
    ['a map', { a: new Map() }, 'canonicalize the value at "/aggregate/a": an instance of a class, not a plain object'],
    [
      'bytes',
      { a: new Uint8Array(2) },
      'canonicalize the value at "/aggregate/a": an instance of a class, not a plain object',
    ],
    [
      'a number that is not finite',
      { a: [0, Number.NaN] },
      'canonicalize the value at "/aggregate/a/1": NaN has no JSON form',
    ],
    ['a bigint', { a: 1n }, 'canonicalize the value at "/aggregate/a": a bigint has no JSON form'],
    [
      'a large integer',
      { a: [2 ** 53] },
      'the integer at "/aggregate/a/0" is beyond 2^53 - 1 and may not be exact, write it as text',
    ],
    [
      'half a surrogate pair',
      { a: '\udc00' },
      'canonicalize the value at "/aggregate/a": a string with half of a surrogate pair',
    ],
  ])('refuses %s rather than to change it', ([, aggregate, reason]) => {
    expect(() => writeReport(Object.assign({}, empty, { aggregate }))).toThrow(
      expect.objectContaining({ code: 'invalid_report', message: `write the report: ${reason}` }),
    )
  })
})

const report = (member: object): object => ({ ...empty, metrics: [], ...member })

describe('the schema of a report', () => {
  test('takes what is written', () => {
    expect(isReport(JSON.parse(reportOf({ metrics: measured() }))), JSON.stringify(isReport.errors)).toBe(true)
  })

  const bucket = { le: '+Inf', count: 1 }
  const head = { name: 'a', type: 'histogram', unit: '', help: 'A.' }
  const histogram = (series: object): object => report({ metrics: [{ ...head, series: [series] }] })
  const counter = (value: unknown): object =>
    report({ metrics: [{ ...head, type: 'counter', series: [{ labels: {}, value }] }] })

  test.for<[string, object]>([
    ['a whole histogram', histogram({ labels: { b: '' }, buckets: [bucket], sum: '0.5', count: 1 })],
    ['a count of 2^53 - 1 as a number', counter(Number.MAX_SAFE_INTEGER)],
    ['a count of 2^53 as text', counter('9007199254740992')],
  ])('takes %s', ([, document]) => {
    expect(isReport(document), JSON.stringify(isReport.errors)).toBe(true)
  })

  test.for<[string, object]>([
    ['another version', report({ schema_version: 'x07.lab.report@0.2.0' })],
    ['a member more', report({ time: 'now' })],
    ['metrics by name', report({ metrics: {} })],
    ['inputs that are no object', report({ inputs: [] })],
    ['a histogram without a bucket', histogram({ labels: {}, buckets: [], sum: '0.5', count: 1 })],
    ['a sum as a number', histogram({ labels: {}, buckets: [bucket], sum: 0.5, count: 1 })],
    ['a bound as a number', histogram({ labels: {}, buckets: [{ ...bucket, le: 1 }], sum: '0.5', count: 1 })],
    [
      'a bound that is not canonical',
      histogram({ labels: {}, buckets: [{ ...bucket, le: '1' }], sum: '0.5', count: 1 }),
    ],
    ['a label that is no text', histogram({ labels: { b: 1 }, buckets: [bucket], sum: '0.5', count: 1 })],
    ['a count below 0', counter(-1)],
    ['a count of 2^53 as a number', counter(2 ** 53)],
    ['a small count as text', counter('1')],
  ])('refuses %s', ([, document]) => {
    expect(isReport(document)).toBe(false)
  })
})
