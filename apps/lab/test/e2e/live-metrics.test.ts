import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { createProject, type Started } from '../support/project.ts'

const openMetrics = { headers: { accept: 'application/openmetrics-text; version=1.0.0' } }

/** Where the program says that it serves its metrics. */
async function served({ child }: Started): Promise<string> {
  let said = ''
  for await (const chunk of child.stderr) {
    said += String(chunk)
    const url = /http:\S+/.exec(said)?.[0]
    if (url !== undefined) return url
  }
  throw new Error(`it served no metrics and said ${said}`)
}

test('the metrics of a recording are scraped while it runs, and last as they are written', async () => {
  using project = createProject()
  const args = ['record', '--driver', 'memory', '--input', '-', '--metrics', '127.0.0.1:0']
  const started = project.start(args)
  const written = project.recorded(1)
  started.child.stdin.write('{"n":1}\n')
  const url = await served(started)
  await written
  const during = await fetch(url, openMetrics)
  expect(during.headers.get('content-type')).toContain('openmetrics-text')
  expect(await during.text()).toContain('lab_messages_produced_total 1\n')
  expect(await (await fetch(url)).text()).toContain('# TYPE lab_messages_produced_total counter')
  started.child.stdin.end('{"n":2}\n')
  // The program ends once its last values were taken.
  let last = ''
  for (;;) {
    const answer = await fetch(url, openMetrics).catch(() => undefined)
    if (answer === undefined) break
    last = await answer.text()
  }
  expect((await started.ended).code).toBe(0)
  expect(last).toBe(project.read('out/os_record/metrics.txt').toString())
  expect(last).toContain('lab_messages_produced_total 2\n')
})

test('a port that is taken, and an address that others reach, are told before anything is recorded', async () => {
  using project = createProject()
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const record = ['record', '--driver', 'memory', '--messages', '1', '--metrics']
  expect(await project.lab([...record, `127.0.0.1:${port}`])).toMatchObject({
    code: 3,
    stderr: expect.stringContaining(`--metrics 127.0.0.1:${port}: `) as string,
  })
  server.close()
  expect(await project.lab([...record, '0.0.0.0:9464'])).toMatchObject({
    code: 2,
    stderr: 'lab: --metrics "0.0.0.0:9464": give a loopback address and a port, such as 127.0.0.1:9464\n',
  })
})
