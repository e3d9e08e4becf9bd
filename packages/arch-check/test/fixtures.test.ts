import { join, relative } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CATALOGUE } from '../src/cli/catalogue/explain.ts'
import { type Finding, readRunOsPolicy } from '../src/index.ts'
import { BASES } from './fixtures/bases.ts'
import { FILE_FIXTURES } from './fixtures/file-fixtures.ts'
import type { Fixture } from './fixtures/fixture.ts'
import { GRAPH_FIXTURES } from './fixtures/graph-fixtures.ts'
import { MANIFEST_FIXTURES } from './fixtures/manifest-fixtures.ts'
import { MESSAGING_FIXTURES } from './fixtures/messaging-fixtures.ts'
import { type Files, type Project, writeProject } from './fixtures/project.ts'
import { RR_FIXTURES } from './fixtures/rr-fixtures.ts'

const FIXTURES = [...MANIFEST_FIXTURES, ...GRAPH_FIXTURES, ...RR_FIXTURES, ...MESSAGING_FIXTURES, ...FILE_FIXTURES]

describe('one change to a clean project', () => {
  it.each(FIXTURES.map((fixture) => [fixture.code, fixture] as const))(
    'gives %s and nothing else',
    async (code, fixture) => {
      const project = await lockedBase(fixture.base)
      project.restore()
      project.edit(fixture.edits)
      if (fixture.locks !== 'kept') await project.lock()
      const findings = await findingsOf(project, fixture)
      expect(findings.map((finding) => finding.code).toSorted()).toEqual([code, ...(fixture.also ?? [])].toSorted())
      const place = fixture.at === undefined ? WHOLE_FILE : project.find(fixture.file, fixture.at)
      const places = findings
        .filter((finding) => finding.code === code)
        .map(({ at }) => ({ file: at?.file, line: at?.line, col: at?.col }))
      expect(places).toContainEqual({ file: fixture.file, ...place })
    },
  )
})

const locked = new Map<Fixture['base'], Promise<Project>>()
afterAll(async () => {
  for (const project of locked.values()) (await project)[Symbol.dispose]()
})

/** A clean project with its locks, which is written once. */
function lockedBase(base: Fixture['base']): Promise<Project> {
  const project = locked.get(base) ?? withLocks(BASES[base]).then(writeProject)
  locked.set(base, project)
  return project
}

async function withLocks(files: Files): Promise<Files> {
  using project = writeProject(files)
  const { locks } = await project.check({ writeLock: true })
  return {
    ...files,
    ...Object.fromEntries(locks.map(({ path, text }) => [relative(project.root, path), Buffer.from(text)])),
  }
}

const WHOLE_FILE = { line: undefined, col: undefined }

async function findingsOf(project: Project, fixture: Fixture): Promise<readonly Finding[]> {
  if (fixture.asks !== 'policy') return (await project.check(fixture.options)).findings
  const read = readRunOsPolicy(join(project.root, fixture.file), { file: fixture.file })
  return read.ok ? [] : read.findings
}

describe('the catalogue', () => {
  it('has a fixture for every code, and no fixture for a code it lacks', () => {
    expect([...new Set(FIXTURES.map(({ code }) => code))].toSorted()).toEqual([...CATALOGUE.keys()].toSorted())
  })
})
