import { describe, expect, test } from 'vitest'
import { maxSeededMessages, recordRequest, seededMessageBytes } from '../../src/commands/request.ts'
import { checkRoom } from '../../src/commands/room.ts'
import { createProject } from '../support/project.ts'

const policy = 'arch/rr/policies/lab_rr_v1.policy.json'

describe('messages that a cassette cannot hold', () => {
  test('as many as --messages takes fit the format', () => {
    expect(maxSeededMessages * seededMessageBytes).toBeLessThan(0xffff_ffff)
    expect(() => recordRequest({ messages: String(maxSeededMessages + 1) })).toThrow(
      `--messages "${maxSeededMessages + 1}": give a whole number from 1 to ${maxSeededMessages}`,
    )
  })

  test.each([
    ['4294967295', '1000000', 'its max_cassette_bytes 1000000 holds 476'],
    ['8000000', '100', 'its max_entries 100 holds 18'],
  ])('are refused by the policy before the run: %s', async (from, to, why) => {
    using project = createProject()
    project.edit(policy, from, to)
    await expect(checkRoom(project.root, recordRequest({ messages: '1000' }))).rejects.toThrow(
      `record: 1000 messages do not fit the policy lab_rr_v1: ${why}; record fewer, or raise the budget in arch/rr/policies`,
    )
    await checkRoom(project.root, recordRequest({ messages: '18' }))
  })
})
