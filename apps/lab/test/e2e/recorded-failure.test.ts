import { encodeEnvelope, openMemory, openVcr } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

test('a recording that ended with a failure of the broker replays to that failure, which is no mismatch', async () => {
  using project = createProject()
  const live = () => openMemory({ maxBodyBytes: 100 })
  const driver = await openVcr({ cassette: 'lab.rrbin', root: project.root, live, mode: 'record', ci: false })
  const value = Buffer.alloc(100, '1')
  const envelope = encodeEnvelope({ topic: 'lab.events', key: null, value, headers: [] })
  await expect(driver.publish(envelope)).rejects.toMatchObject({ code: 'too_large' })
  await driver.close()
  const failure = 'publish to memory_v1: the envelope has 169 bytes, max_body_bytes is 100'
  expect(await project.lab(['replay'])).toEqual({
    code: 0,
    stdout: `replayed  lab.rrbin with no broker up to its recorded failure: ${failure}\nno results: the recorded run has none either\nverdict   identical\n`,
    stderr: '',
  })
  const { code, stdout } = await project.lab(['replay', '--json'])
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    { identical: true, replays: [{ failed: failure, sealed: true, aggregate: null }] },
  ])
})
