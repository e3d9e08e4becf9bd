import { lstatSync, renameSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { applyPatches, patchsetText } from '../../../src/x07/patch/patchset.ts'
import { BASES } from '../../fixtures/bases.ts'
import { type Edit, writeProject } from '../../fixtures/project.ts'

const INDEX = 'arch/rr/index.x07rr.json'
const SANITIZER = 'arch/rr/sanitizers/keep_all.sanitize.json'
const MANIFEST = 'arch/manifest.x07arch.json'

describe('suggested patches', () => {
  it('sort what is unsorted and change nothing else of the file', async () => {
    using project = writeProject(BASES.rr)
    project.edit([
      { path: INDEX, set: '/policies/0/worlds_allowed', value: ['solve-rr', 'run-os'] },
      { path: INDEX, set: '/defaults/record_modes_allowed', value: ['replay_v1', 'off', 'off'] },
    ])
    const before = project.read(INDEX)
    const { patches } = await project.check()
    applyPatches(project.root, patches, 'all')
    expect(project.read(INDEX)).toBe(
      before
        .replace('"solve-rr",\n        "run-os"', '"run-os",\n        "solve-rr"')
        .replace('"replay_v1",\n      "off",\n      "off"', '"off",\n      "replay_v1"'),
    )
    await project.lock()
    expect((await project.check()).findings).toEqual([])
  })

  it('lay the file out anew under X07 rules', async () => {
    using project = writeProject(BASES.rr)
    project.edit([
      { path: SANITIZER, text: '{"schema_version": "x07.arch.rr.sanitize@0.1.0", "v": 1.0, "id": "keep_all"}' },
    ])
    const { patches } = await project.check({ rules: 'x07' })
    applyPatches(project.root, patches, 'x07')
    expect(project.read(SANITIZER)).toBe(
      '{\n  "id": "keep_all",\n  "redact_headers": [],\n  "redact_token": "",\n  "schema_version": "x07.arch.rr.sanitize@0.1.0",\n  "v": 1.0\n}\n',
    )
  })

  it.each(['0.1.0', '0.2.0'])('migrate a manifest %s to 0.3.0', async (version) => {
    using project = writeProject(BASES.graph)
    await project.lock()
    const before = project.read(MANIFEST)
    project.edit([
      { path: MANIFEST, set: '/schema_version', value: `x07.arch.manifest@${version}` },
      { path: MANIFEST, remove: '/nodes/1/trust_zone' },
    ])
    const { patches, exitCode } = await project.check()
    expect(exitCode).toBe(3)
    applyPatches(project.root, patches, 'all')
    expect(JSON.parse(project.read(MANIFEST))).toEqual(JSON.parse(before))
    expect((await project.check({ rules: 'x07' })).exitCode).toBe(0)
  })

  it('leave a link a link, and what lies out of the repository alone', async () => {
    using project = writeProject(BASES.rr)
    project.edit([{ path: INDEX, set: '/policies/0/kinds_allowed', value: ['rr', 'http'] }])
    renameSync(join(project.root, INDEX), join(project.root, 'real.json'))
    symlinkSync('../../real.json', join(project.root, INDEX))
    const { patches } = await project.check()
    applyPatches(project.root, patches, 'all')
    expect(lstatSync(join(project.root, INDEX)).isSymbolicLink()).toBe(true)
    expect((await project.check()).patches).toEqual([])

    project.edit([{ path: INDEX, set: '/policies/0/kinds_allowed', value: ['rr', 'http'] }])
    project.edit([{ path: 'real.json', linkOut: true }])
    const before = project.read(INDEX)
    expect(() => applyPatches(project.root, patches, 'all')).toThrow(
      `patch ${INDEX}: it is a link out of the repository; put the file itself there`,
    )
    expect(project.read(INDEX)).toBe(before)
  })

  it('are written as an x07.arch.patchset', () => {
    expect(patchsetText([{ path: 'a.json', ops: [{ op: 'remove', path: '/x' }], note: 'why' }])).toBe(
      '{\n  "patches": [\n    {\n      "note": "why",\n      "patch": [\n        {\n          "op": "remove",\n          "path": "/x"\n        }\n      ],\n      "path": "a.json"\n    }\n  ],\n  "schema_version": "x07.arch.patchset@0.1.0"\n}\n',
    )
  })

  it.each<[string, Edit, string]>([
    ['sorting', { path: INDEX, set: '/policies/0/kinds_allowed', value: ['rr', 'http'] }, 'Auto-sort RR index arrays.'],
    [
      'missing keys',
      { path: SANITIZER, remove: '/redact_headers' },
      'Fill required RR sanitizer fields with safe defaults.',
    ],
  ])("carry X07's own note under its rules: %s", async (_title, edit, note) => {
    using project = writeProject(BASES.rr)
    project.edit([edit])
    expect((await project.check({ rules: 'x07' })).patches.map((patch) => patch.note)).toEqual([note])
  })
})
