import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject, type Project } from '../support/project.ts'

/** The command that a line of the output says to type, without `pnpm lab`. */
function told(output: string, line: 'look' | 'page'): string[] {
  const command = new RegExp(`^${line} +pnpm lab (.*)$`, 'm').exec(output)?.[1]
  if (command === undefined) throw new Error(`the output says nothing to ${line}: ${output}`)
  return command.split(' ').map((word) => word.replaceAll("'", ''))
}

async function recorded(driver: readonly string[] = []): Promise<Project> {
  const project = createProject()
  project.write('events.ndjson', '{"key":"a","n":1}\n{"key":"b","n":2}\n{"key":"c","n":3}\n')
  await project.lab(['record', '--driver', 'memory', '--input', 'events.ndjson', ...driver])
  return project
}

test('from the text of a divergence to its message, in the terminal and on the page, by what the text says to type', async () => {
  using project = await recorded()
  project.edit('events.ndjson', '"n":2', '"n":7')
  const replay = await project.process(['replay', '--input', 'events.ndjson'])
  expect(replay.code).toBe(1)
  expect(replay.stdout).toContain('value/n was 2, is 7')
  expect(replay.stdout.trimEnd().split('\n').at(-1)).toMatch(/^verdict {3}differs: 1 divergence/)

  const look = await project.process(told(replay.stdout, 'look'))
  expect(look).toMatchObject({ code: 0, stderr: '' })
  expect(look.stdout).toContain('"n": 2')

  const page = await project.process(told(replay.stdout, 'page').filter((word) => word !== '--open'))
  expect(page).toMatchObject({ code: 0, stderr: '' })
  const html = readFileSync(join(project.root, /page +(\S+)/.exec(page.stdout)?.[1] ?? ''), 'utf8')
  const [, index = '[]'] = /<script type="application\/json" id="recordings">([^<]*)</.exec(html) ?? []
  const [first] = JSON.parse(index) as { divergences: { entry: number; fields: { field: string; now: string }[] }[] }[]
  expect(first?.divergences).toMatchObject([{ entry: 1, fields: [{ field: 'value/n', recorded: '2', now: '7' }] }])
})

test('a replay that finds nothing leaves no divergences of an earlier one, and says so last', async () => {
  using project = await recorded()
  project.edit('events.ndjson', '"n":2', '"n":7')
  await project.lab(['replay', '--input', 'events.ndjson'])
  const { stdout } = await project.lab(['replay'])
  expect(stdout.endsWith('\nverdict   identical\n')).toBe(true)
  expect(JSON.parse(project.read('out/rr_replay/divergences.json').toString())).toMatchObject({ divergences: [] })
})
