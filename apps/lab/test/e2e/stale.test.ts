import { copyFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
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

test('a cassette that only knows the contracts lock it was recorded under is replayed with a note about another', async () => {
  using project = createProject()
  mkdirSync(project.path('.x07_rr'))
  copyFileSync(
    join(import.meta.dirname, '../../../../.x07_rr/amqp-orders.rrbin'),
    project.path('.x07_rr/amqp-orders.rrbin'),
  )
  expect((await project.lab(['replay', '--cassette', 'amqp-orders.rrbin'])).stderr).toBe('')
  project.edit('arch/contracts.lock.json', '{', '{ ')
  expect(await project.lab(['replay', '--cassette', 'amqp-orders.rrbin'])).toMatchObject({
    code: 0,
    stderr:
      'note: amqp-orders.rrbin was recorded under another arch/contracts.lock.json, and does not say which contract changed; record it again\n',
  })
})
