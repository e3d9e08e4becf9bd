import { join } from 'node:path'
import { expect, test } from 'vitest'
import { stats } from '../../../src/commands/cassette/stats.ts'

const root = join(import.meta.dirname, '..', '..', '..', '..', '..')

test('cassette stats tells lanes, results and seal in short lines, and the contracts by name', () => {
  const { lines, document } = stats(root, 'amqp-orders.rrbin')
  expect(lines[0]).toMatch(/^amqp-orders\.rrbin: \d+ entries, \d+ bytes$/)
  expect(lines.join('\n')).toMatch(/^ +1000 {2}std\.msg\.amqp\.publish_env_v1 {2}local_amqp_v1 {2}\(\d+ bytes\)$/m)
  const contracts = lines.find((line) => line.startsWith('  seal contracts: '))
  expect(contracts).toMatch(/^ {2}seal contracts: arch\/[\w./]+\.json(?:, arch\/[\w./]+\.json)+$/)
  expect(document).toMatchObject({ seal: { kind: 'sealed', seal: { contracts: expect.any(Object) as unknown } } })
})
