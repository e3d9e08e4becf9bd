import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { classPathOf, sourceProgram } from '../../../../../tests/support/maven.ts'
import { amqpBroker } from '../../support/broker.ts'
import { relayed } from '../relayed.ts'

const broker = await amqpBroker()
const classPath = broker && classPathOf(join(import.meta.dirname, 'pom.xml'))
const source = join(import.meta.dirname, 'SpringRelay.java')
const count = 8

describe.skipIf(classPath === undefined)('a listener of Spring AMQP', () => {
  test('is given messages that were published again from a recording as it was given the original ones', async () => {
    const program = (...args: readonly string[]): string[] => sourceProgram(classPath ?? '', source, ...args)
    const spring = {
      command: 'java',
      count,
      send: (url: string, exchange: string, key: string) => program(url, 'send', exchange, key),
      listen: (url: string, queues: readonly string[]) => program(url, 'listen', ...queues),
    }
    const { original, again } = await relayed(spring, broker?.port ?? 0)
    expect(original).toHaveLength(count)
    expect(JSON.stringify(original)).toContain('"SpringRelay$Order"')
    expect(again).toEqual(original)
  })
})
