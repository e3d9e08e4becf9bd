import { describe, expect, it } from 'vitest'
import { BASES } from './fixtures/bases.ts'
import { writeProject } from './fixtures/project.ts'

describe('the clean projects of the fixtures', () => {
  it.each(Object.entries(BASES))('%s has no finding under either rules once it is locked', async (_name, files) => {
    using project = writeProject(files)
    await project.lock()
    expect(await project.check({ frozen: true })).toMatchObject({ findings: [], patches: [], exitCode: 0 })
    expect(await project.check({ rules: 'x07' })).toMatchObject({ findings: [], patches: [], exitCode: 0 })
  })
})
