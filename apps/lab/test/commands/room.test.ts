import { describe, expect, test } from 'vitest'
import { maxMessages, recordRequest } from '../../src/commands/request.ts'
import { checkRoom } from '../../src/commands/room.ts'
import { createProject } from '../support/project.ts'

const policy = 'arch/rr/policies/lab_rr_v1.policy.json'
const memory = (messages: number, more = {}) => recordRequest({ driver: 'memory', messages: String(messages), ...more })

describe('what a recording will take', () => {
  async function told(
    request: ReturnType<typeof memory>,
    free = 1e12,
    edits: [string, string][] = [],
  ): Promise<string[]> {
    using project = createProject()
    for (const [from, to] of edits) project.edit(policy, from, to)
    const lines: string[] = []
    await checkRoom(
      project.root,
      request,
      (line) => lines.push(line),
      () => free,
    )
    return lines
  }

  test.each([
    ['of few messages nothing', memory(1_000), []],
    [
      'of many in one cassette',
      memory(1_000_000),
      ['record    will take about one cassette and 1.8 GB of the disk; 1000.0 GB are free'],
    ],
    [
      'of more than it holds',
      memory(10_000_000),
      ['record    will take about 5 parts and 18.0 GB of the disk; 1000.0 GB are free'],
    ],
  ])('is said beforehand: %s', async (_what, request, lines) => {
    expect(await told(request)).toEqual(lines)
  })

  test('counts parts by the budgets of the policy too', async () => {
    const [lines] = await told(memory(1_000), 1e12, [['4294967295', '1000000']])
    expect(lines).toMatch('will take about 2 parts and 2 MB of the disk')
    expect((await told(memory(1_000), 1e12, [['8000000', '500']]))[0]).toMatch('will take about 4 parts')
  })

  test('is refused where the disk has not the room, unless it is said to record all the same', async () => {
    await expect(told(memory(10_000_000), 17e9)).rejects.toMatchObject({
      exitCode: 3,
      message:
        'record: the messages will take about 5 parts and 18.0 GB of the disk, and 17.0 GB are free; free some, record fewer, or give --ignore-disk to record all the same',
    })
    expect(await told(memory(10_000_000, { 'ignore-disk': true }), 17e9)).toHaveLength(1)
  })

  test('is refused where it would be too many parts', async () => {
    await expect(told(memory(1_000_000), 1e12, [['4294967295', '1000000']])).rejects.toThrow(
      'about 1800 parts, more than 999',
    )
  })

  test('there are not more messages than numbers for them', () => {
    expect(() => memory(maxMessages + 1)).toThrow(`give a whole number from 1 to ${maxMessages}`)
  })
})
