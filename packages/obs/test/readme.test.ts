import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { report, text } from './readme-example.ts'

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8')

test('the program in the README is the one that is run here', () => {
  expect(read('../README.md')).toContain(`\`\`\`ts\n${read('readme-example.ts')}\`\`\``)
})

test('the program in the README prints what the README says', () => {
  expect(read('../README.md')).toContain(`\`\`\`\n${text}\`\`\``)
  expect(new TextDecoder().decode(report)).toBe(
    '{"aggregate":{"orders":1},"inputs":{"seed":7},"metrics":[{"help":"Time to serve an order.","name":"order_seconds","series":[{"buckets":[{"count":0,"le":"0.001"},{"count":1,"le":"0.1"},{"count":1,"le":"+Inf"}],"count":1,"labels":{},"sum":"0.0025"}],"type":"histogram","unit":"seconds"},{"help":"Orders, by outcome.","name":"orders","series":[{"labels":{"outcome":"served"},"value":1}],"type":"counter","unit":""}],"schema_version":"x07.lab.report@0.1.0"}',
  )
})
