import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createProject, mainFile, type Project } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')

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

test.each([
  ['orders', 'orders.ts', 'body', /body\/order was 2, is 20/, '"order": 2'],
  ['kafka-orders', 'kafka-orders.ts', 'value', /value\/order was 2, is 20/, '"order": 2'],
])(
  'of a program at its socket (%s), from the divergence that vcr replay tells to its message, by what it says to type',
  async (cassette, program, change, divergence, message) => {
    using project = createProject()
    const report = project.path('report.json')
    const fixtures = join(repository, 'packages', 'vcr', 'test')
    const words = ['replay', '--root', join(fixtures, 'cassettes'), '--cassette', cassette, '--report', report]
    const replay = spawnSync(
      process.execPath,
      [
        join(repository, 'scripts', 'start', 'vcr.cjs'),
        ...words,
        '--',
        process.execPath,
        join(fixtures, 'programs', program),
        change,
      ],
      { encoding: 'utf8', cwd: project.root },
    )
    expect(replay.status).toBe(1)
    expect(replay.stderr).toMatch(divergence)
    expect(replay.stderr.trimEnd().split('\n').at(-1)).toMatch(/^verdict {3}differs: [1-9]/)

    // `pnpm lab` runs in the workspace, wherever it is typed.
    const lab = (args: readonly string[]) =>
      spawnSync(process.execPath, [mainFile, ...args], { encoding: 'utf8', cwd: repository })
    const look = lab(told(replay.stderr, 'look'))
    expect(look.stderr).toBe('')
    expect(look.stdout).toContain(message)

    const file = project.path('page.html')
    const page = lab([...told(replay.stderr, 'page').filter((word) => word !== '--open'), '--out', file])
    expect(page.stderr).toBe('')
    const [, index = '[]'] =
      /<script type="application\/json" id="recordings">([^<]*)</.exec(readFileSync(file, 'utf8')) ?? []
    const [first] = JSON.parse(index) as { divergences: { entry: number; text: string }[] }[]
    const [entry] = told(replay.stderr, 'look').slice(-1)
    expect(first?.divergences.find((one) => one.entry === Number(entry))?.text).toMatch(divergence)
  },
)
