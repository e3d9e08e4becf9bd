import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { expect, test } from 'vitest'
import { orders } from './programs/orders.ts'
import { cassettes, main } from './run-vcr.ts'

test('a look at the port that says nothing takes no recorded connection from the program', async () => {
  const child = spawn(process.execPath, [main, 'serve', 'orders', '--root', cassettes, '--amqp', '0'])
  const closed = once(child, 'close') as Promise<[number | null]>
  try {
    const said: string[] = []
    const lines = createInterface({ input: child.stderr })
    const [first] = (await Promise.race([once(lines, 'line'), closed])) as [string]
    lines.on('line', (line) => said.push(line))
    const port = Number(/127\.0\.0\.1:(\d+)$/.exec(first)?.[1])
    for (let looks = 0; looks < 2; looks++) {
      const probe = connect(port, '127.0.0.1')
      await once(probe, 'connect')
      probe.end()
      await once(probe.resume(), 'close')
    }
    const got: string[] = []
    await orders((line) => got.push(line), '', port)
    child.kill('SIGTERM')
    const [code] = await closed
    expect([code, said.join('\n')]).toEqual([0, expect.stringContaining('no divergence')])
    expect(got.at(-1)).toBe('closed')
  } finally {
    child.kill('SIGKILL')
  }
})
