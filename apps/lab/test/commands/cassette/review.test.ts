import { execFileSync } from 'node:child_process'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createProject, mainFile, type Project } from '../../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..', '..')

function git(project: Project, ...args: string[]): string {
  const config = ['-c', 'user.email=a@b.example', '-c', 'user.name=a', '-c', 'commit.gpgsign=false']
  return execFileSync('git', [...config, ...args], { cwd: project.root, encoding: 'utf8' })
}

async function committed(): Promise<Project> {
  const project = createProject()
  onTestFinished(() => project[Symbol.dispose]())
  await record(project, 'orders.rrbin', 1)
  await record(project, 'gone.rrbin', 1)
  writeFileSync(project.path('.gitattributes'), readFileSync(join(repository, '.gitattributes')))
  git(project, 'init', '-q')
  git(project, 'add', '.')
  git(project, 'commit', '-qm', 'cassettes')
  return project
}

const record = (project: Project, name: string, seed: number) =>
  project.lab(['record', '--driver', 'memory', '--messages', '2', '--seed', String(seed), '--cassette', name])

test('cassettes that differ from a commit are told as Markdown, by their messages', async () => {
  const project = await committed()
  expect(await project.lab(['cassette', 'review', 'HEAD'])).toMatchObject({
    code: 0,
    stdout: 'No cassette differs from HEAD.\n',
  })
  await record(project, 'orders.rrbin', 2)
  rmSync(project.path('.x07_rr/gone.rrbin'))
  await record(project, 'new.rrbin', 1)
  git(project, 'add', '.')
  const { code, stdout } = await project.lab(['cassette', 'review', 'HEAD'])
  expect(code).toBe(1)
  expect(stdout).toMatch(/^### Cassettes that differ from `HEAD`\n/)
  expect(stdout).toContain('**removed** `.x07_rr/gone.rrbin`')
  expect(stdout).toContain('**added** `.x07_rr/new.rrbin`')
  expect(stdout).toMatch(
    /\*\*changed\*\* `\.x07_rr\/orders\.rrbin`\n\n```diff\n~ amqp\.publish_env memory_v1: entry 0\n/,
  )
  expect(stdout).toMatch(/customer: customer-\d+ -> customer-\d+|"customer-\d+" -> "customer-\d+"/)
})

test('a project that is in no git repository has nothing to review', async () => {
  using project = createProject()
  expect(await project.lab(['cassette', 'review', 'HEAD'])).toMatchObject({
    code: 3,
    stderr: 'lab: review: this project is not in a git repository, and a review compares with a commit of one\n',
  })
})

test('a cassette that cannot be read is told in its place; a commit that is not there is one line', async () => {
  const project = await committed()
  writeFileSync(project.path('.x07_rr/orders.rrbin'), 'no cassette, and a fence: ```\n')
  const { stdout } = await project.lab(['cassette', 'review', 'HEAD'])
  expect(stdout).toContain('**changed** `.x07_rr/orders.rrbin`')
  for (const ref of ['none', '--output=x']) {
    const { code, stderr } = await project.lab(['cassette', 'review', ref])
    expect([code, stderr.split('\n').length]).toEqual([ref === 'none' ? 3 : 2, 2])
  }
})

test('git shows a change of a cassette as messages', async () => {
  const project = await committed()
  const show = `${process.execPath} ${mainFile} cassette show --format '{kind} {topic} {key} {value}'`
  git(project, 'config', 'diff.cassette.textconv', show)
  renameSync(project.path('.x07_rr/orders.rrbin'), project.path('before.rrbin'))
  await record(project, 'orders.rrbin', 2)
  const shown = git(project, 'diff', '--', '.x07_rr/orders.rrbin')
  expect(shown).toMatch(/^-publish lab\.events customer-\d+ \{"at":/m)
  expect(shown).toMatch(/^\+publish lab\.events customer-\d+ \{"at":/m)
})
