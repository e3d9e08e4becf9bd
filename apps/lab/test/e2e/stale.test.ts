import { appendSeal, checkSeal, NO_LIMITS, openReader, type Seal } from '@x07-lab/msg-core/format'
import { loadPolicy, openCassette } from '@x07-lab/msg-core/rr'
import { expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

const record = ['record', '--driver', 'memory', '--messages', '20', '--cassette', 'a.rrbin']
const policy = 'arch/rr/policies/lab_rr_v1.policy.json'

test('a cassette is stale once a contract it was recorded under says something else, and names file and field', async () => {
  using project = createProject()
  expect(await project.lab(record)).toMatchObject({ code: 0 })
  const document = JSON.parse(project.read(policy).toString())
  const { max_key_bytes: before } = document.budgets
  document.v += 1
  project.write(policy, JSON.stringify(document))
  expect(await project.lab(['replay', '--cassette', 'a.rrbin'])).toMatchObject({ code: 0 })

  document.budgets.max_key_bytes = before + 1
  project.write(policy, JSON.stringify(document))
  const { code, stderr } = await project.lab(['replay', '--cassette', 'a.rrbin'])
  expect({ code, stderr }).toEqual({
    code: 1,
    stderr:
      `lab: replay a.rrbin: it is stale, the contracts are not those it was recorded under: ${policy}: budgets.max_key_bytes was ${before} ` +
      `and is ${before + 1}; record it again, or take the change back\n`,
  })
})

test('a cassette is stale once less is left out than when it was recorded', async () => {
  using project = createProject()
  const [file, sanitizer] = ['arch/vcr/mine.redact.json', 'arch/rr/sanitizers/sanitize_none_v1.sanitize.json']
  const rules = { schema_version: 'vcr.redact@0.1.0', id: 'mine', v: 1, fields: ['iban', 'phone'] }
  project.write(file, JSON.stringify(rules))
  expect(await project.lab(record)).toMatchObject({ code: 0 })
  expect(await project.lab(['replay', '--cassette', 'a.rrbin'])).toMatchObject({ code: 0 })

  project.write(file, JSON.stringify({ ...rules, fields: ['iban'] }))
  const stale = { code: 1, stderr: expect.stringContaining(`${file}: fields[1] was "phone" and is absent; record it`) }
  expect(await project.lab(['replay', '--cassette', 'a.rrbin'])).toMatchObject(stale)
  project.edit(sanitizer, '"redact_headers": []', '"redact_headers": ["x-a"]')
  expect(await project.lab(['replay', '--cassette', 'a.rrbin'])).toMatchObject({
    code: 1,
    stderr:
      `lab: replay a.rrbin: it is stale, the contracts are not those it was recorded under: ${sanitizer}: redact_headers[0] was absent and is "x-a" (and 1 more); ` +
      'record it again, or take the change back\n',
  })
})

test('a cassette that only knows the contracts lock it was recorded under is replayed with a note about another', async () => {
  using project = createProject()
  expect(await project.lab(record)).toMatchObject({ code: 0 })
  // As recordings were before seals had contracts: the same entries under a seal without them.
  const archRoot = project.root
  const config = await loadPolicy({ archRoot, policyId: 'lab_rr_v1', cassettePath: 'old.rrbin', mode: 'rewrite_v1' })
  const path = project.path('.x07_rr/old.rrbin')
  const handle = await openCassette(config, { root: project.root })
  using reader = openReader(project.path('.x07_rr/a.rrbin'), { limits: NO_LIMITS })
  const { seal } = checkSeal(reader, project.path('.x07_rr/a.rrbin')) as { seal: Seal }
  for (let entry = 0; entry < reader.count - 1; entry++) handle.append(reader.entry(entry))
  const more = { contracts_lock_sha256: seal['contracts_lock_sha256'] as string }
  appendSeal(handle, { path, entries: reader.count - 1, open: seal.open ?? [], more })
  handle.close()
  expect((await project.lab(['replay', '--cassette', 'old.rrbin'])).stderr).toBe('')
  project.edit('arch/contracts.lock.json', '{', '{ ')
  expect(await project.lab(['replay', '--cassette', 'old.rrbin'])).toMatchObject({
    code: 0,
    stderr:
      'note: old.rrbin was recorded under another arch/contracts.lock.json, and does not say which contract changed; record it again\n',
  })
})
