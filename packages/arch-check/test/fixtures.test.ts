import { describe, expect, it } from 'vitest'
import { CATALOGUE } from '../src/catalogue/explain.ts'
import { BASES } from './fixtures/bases.ts'
import type { Fixture } from './fixtures/fixture.ts'
import { GRAPH_FIXTURES } from './fixtures/graph-fixtures.ts'
import { MANIFEST_FIXTURES } from './fixtures/manifest-fixtures.ts'
import { MESSAGING_FIXTURES } from './fixtures/messaging-fixtures.ts'
import { writeProject } from './fixtures/project.ts'
import { RR_FIXTURES } from './fixtures/rr-fixtures.ts'

const FIXTURES = [...MANIFEST_FIXTURES, ...GRAPH_FIXTURES, ...RR_FIXTURES, ...MESSAGING_FIXTURES]

/** Codes whose project cannot be made by editing files; each has a test of its own. */
const ELSEWHERE = ['E_ARCH_SCAN_READ', 'E_ARCH_PATH_OUTSIDE_REPO', 'X07-POLICY-SCHEMA-0001']

describe('one change to a clean project', () => {
  it.each(FIXTURES.map((fixture) => [fixture.code, fixture] as const))(
    'gives %s and nothing else',
    async (code, fixture) => {
      using project = writeProject(BASES[fixture.base])
      await project.lock()
      project.edit(fixture.edits)
      if (fixture.locks !== 'kept') await project.lock()
      const { findings } = await project.check(fixture.options)
      expect(findings.map((finding) => finding.code).toSorted()).toEqual([code, ...(fixture.also ?? [])].toSorted())
      const place = fixture.at === undefined ? {} : project.find(fixture.file, fixture.at)
      const places = findings.filter((finding) => finding.code === code).map((finding) => finding.at)
      expect(places).toContainEqual(expect.objectContaining({ file: fixture.file, ...place }))
    },
  )
})

describe('the catalogue', () => {
  const coded = (fixtures: readonly Fixture[]): string[] => fixtures.map(({ code }) => code)

  it('has a fixture for every code, and no fixture for a code it lacks', () => {
    expect([...new Set([...coded(FIXTURES), ...ELSEWHERE])].toSorted()).toEqual([...CATALOGUE.keys()].toSorted())
  })
})
