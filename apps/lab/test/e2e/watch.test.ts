import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

test('a watched replay runs again when its input changes, and shows what became different', async () => {
  using project = createProject()
  project.write('events.ndjson', '{"key":"a","n":1}\n')
  await project.lab(['record', '--driver', 'memory', '--input', 'events.ndjson'])
  const { child, ended } = project.start(['replay', '--input', 'events.ndjson', '--watch'])
  let said = ''
  const heard = async (text: string): Promise<void> => {
    while (!said.includes(text)) await new Promise((next) => child.stdout.once('data', next))
  }
  child.stdout.on('data', (chunk: string) => (said += chunk))
  await heard('verdict   identical')
  project.edit('events.ndjson', '1', '2')
  await heard('+ verdict   differs')
  expect(said).toContain('- verdict   identical')
  expect(said).toContain('value/n was 1, is 2')
  project.edit('events.ndjson', '2', '1')
  await heard('+ verdict   identical')
  child.kill('SIGTERM')
  expect((await ended).code).toBe(130)
})
