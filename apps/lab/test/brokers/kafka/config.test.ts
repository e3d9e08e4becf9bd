import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import { CLUSTER_ID, kafkaProperties } from '../../../src/brokers/kafka/config.ts'

const ports = { broker: 9092, controller: 40_001 }

test('the committed template becomes a broker and controller on loopback, with nothing left to fill in', async () => {
  const template = await readFile(join(import.meta.dirname, '../../../../../brokers/kafka/server.properties'), 'utf8')
  const lines = kafkaProperties(template, ports, '/state/data').split('\n')
  expect(lines).toContain('listeners=BROKER://127.0.0.1:9092,CONTROLLER://127.0.0.1:40001')
  expect(lines).toContain('advertised.listeners=BROKER://127.0.0.1:9092')
  expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:40001')
  expect(lines).toContain('log.dirs=/state/data')
  expect(lines).toContain('group.initial.rebalance.delay.ms=0')
  expect(lines.filter((line) => !line.startsWith('#') && /@[a-z_]+@/.test(line))).toEqual([])
})

test.each([
  ['/a b/c', 'log.dirs=/a b/c'],
  ['/a\\b', 'log.dirs=/a\\\\b'],
  ['/ä/😀', 'log.dirs=/\\u00e4/\\ud83d\\ude00'],
  ['/$&/$1', 'log.dirs=/$&/$1'],
])('a data folder %j is written as Java reads it', (folder, line) => {
  expect(kafkaProperties('log.dirs=@data@', ports, folder)).toBe(line)
})

test('a data folder that Kafka would take for two is refused', () => {
  expect(() => kafkaProperties('', ports, '/a,b')).toThrow(
    "place Kafka's data in /a,b: Kafka reads a comma as a list; choose a state folder without one",
  )
})

test('the cluster id is 16 bytes in URL-safe base64', () => {
  expect(Buffer.from(CLUSTER_ID, 'base64url').toString()).toBe('x07-lab-broker-1')
})
