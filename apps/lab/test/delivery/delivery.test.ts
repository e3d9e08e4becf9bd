import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProject } from '../support/project.ts'

const repository = join(import.meta.dirname, '..', '..', '..', '..')
const sockets = join(repository, 'packages', 'vcr', 'test', 'cassettes', '.x07_rr')

interface Report {
  readonly ok: boolean
  readonly publishes: { readonly confirmed: number }
  readonly deliveries: { readonly total: number; readonly first: number }
  readonly findings: readonly unknown[]
}

describe.concurrent('the delivery report', () => {
  test('is the same bytes beside the results of the recording, of its replay, and of the cassette alone', async () => {
    using project = createProject()
    expect((await project.lab(['record', '--driver', 'memory', '--messages', '300'])).code).toBe(0)
    expect((await project.lab(['replay'])).code).toBe(0)
    const recorded = project.read('out/os_record/delivery.json').toString()
    expect(project.read('out/rr_replay/delivery.json').toString()).toBe(recorded)
    expect((await project.lab(['cassette', 'delivery', 'lab', '--json'])).stdout).toBe(`${recorded}\n`)
    expect(JSON.parse(recorded)).toMatchObject({
      schema_version: 'x07.lab.delivery@0.1.0',
      ok: true,
      complete: true,
      publishes: { confirmed: 300 },
      deliveries: { total: 300, first: 300 },
      settles: { ack: 300 },
      findings: [],
    })
  })

  test('is written without a cassette too', async () => {
    using project = createProject()
    await project.lab(['record', '--driver', 'memory', '--messages', '30'])
    const withCassette = project.read('out/os_record/delivery.json')
    expect((await project.lab(['record', '--driver', 'memory', '--messages', '30', '--mode', 'off'])).code).toBe(0)
    expect(project.read('out/os_record/delivery.json')).toEqual(withCassette)
  })

  test.each([
    ['amqp-orders', 1_000],
    ['kafka-orders', 1_200],
  ])('of the committed %s has nothing against it, and is what its replay gives', async (name, messages) => {
    using project = createProject()
    cpSync(join(repository, '.x07_rr', `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`), { recursive: true })
    const alone = (await project.lab(['cassette', 'delivery', name, '--json'])).stdout
    const report = JSON.parse(alone) as Report
    expect([report.ok, report.publishes.confirmed, report.deliveries.first]).toEqual([true, messages, messages])
    expect((await project.lab(['replay', '--cassette', name])).code).toBe(0)
    expect(`${project.read('out/rr_replay/delivery.json').toString()}\n`).toBe(alone)
  })

  test.each([
    ['orders', 3],
    ['service', 2],
    ['kafka-orders', 3],
  ])('of %s, recorded at the socket, reads what the inspect readers decode', async (name, messages) => {
    using project = createProject()
    cpSync(join(sockets, `${name}.rrbin`), project.path('.x07_rr', `${name}.rrbin`), { recursive: true })
    const { code, stdout } = await project.lab(['cassette', 'delivery', name, '--json'])
    const report = JSON.parse(stdout) as Report
    expect([code, report.publishes.confirmed, report.deliveries]).toMatchObject([
      0,
      messages,
      { total: messages, first: messages },
    ])
  })
})
