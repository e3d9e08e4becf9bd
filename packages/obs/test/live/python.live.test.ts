import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { renderOpenMetrics } from '../../src/index.ts'
import { parseOpenMetrics } from '../../src/testing/index.ts'
import { awkwardMetrics, labMetrics } from './sample-metrics.ts'

/** Python may come from elsewhere than the distribution whose package `python3-prometheus-client` it needs. */
const python = ['python3', '/usr/bin/python3'].find(
  (command) => spawnSync(command, ['-c', 'import prometheus_client.openmetrics.parser']).status === 0,
)
const reason = 'no python3 here has prometheus_client, install python3-prometheus-client'
// The reporter counts skipped tests and does not say why.
if (python === undefined) console.warn(`skipped: ${reason}`)

const program = `
import json, sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families
text = sys.stdin.buffer.read().decode('utf-8')
print(json.dumps([
    [f.name, f.type, f.unit, f.documentation, [[s.name, s.labels, str(float(s.value))] for s in f.samples]]
    for f in text_string_to_metric_families(text)
]))
`

function readInPython(command: string, text: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(command, ['-c', program], { input: text, encoding: 'utf8' })
}

test.for([
  ['the metrics of this repository', labMetrics],
  ['labels and amounts that readers stumble over', awkwardMetrics],
] as const)("Python's strict reader takes %s as ours does", ([, snapshot], { skip }) => {
  if (python === undefined) {
    skip(reason)
    return
  }
  const text = renderOpenMetrics(snapshot())
  const { status, stdout, stderr } = readInPython(python, text)
  expect(status, stderr).toBe(0)
  const families: unknown = JSON.parse(stdout)
  const ours = parseOpenMetrics(text).map(({ name, type, unit, help, samples }) => [
    name,
    type,
    unit,
    help,
    samples.map((sample) => [sample.name, Object.fromEntries(sample.labels), sample.value]),
  ])
  const numbers = JSON.parse(JSON.stringify(families), (_, value: unknown) =>
    Array.isArray(value) && value.length === 3 && typeof value[2] === 'string'
      ? [value[0], value[1], Number(value[2])]
      : value,
  )
  expect(numbers).toEqual(ours)
})

test("Python's strict reader is there to refuse", ({ skip }) => {
  if (python === undefined) {
    skip(reason)
    return
  }
  expect(readInPython(python, renderOpenMetrics(labMetrics()).replace('# EOF\n', '')).stderr).toContain('Missing # EOF')
})
