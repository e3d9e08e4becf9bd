import { loadPolicy } from '@x07-lab/msg-core/rr'
import { UserError } from '../user-error.ts'
import { seededMessageBytes, type RecordRequest } from './request.ts'

/** Entries of a recording beside those of messages: results, which may stand in parts, and seal. */
const otherEntries = 64
const entriesPerMessage = 2

/**
 * Sees before a run, not after minutes of it, that the policy's budgets hold the messages asked for.
 *
 * @throws UserError naming the budget and how many it holds; PolicyError
 */
export async function checkRoom(root: string, request: RecordRequest): Promise<void> {
  const { policy, input, foreign, cassette } = request
  const { limits } = await loadPolicy({
    archRoot: root,
    policyId: policy,
    cassettePath: cassette,
    mode: 'rewrite_v1',
  })
  const asked = foreign + (input.kind === 'seed' ? input.messages : 0)
  const rooms = [
    {
      budget: `max_entries ${limits.maxEntries}`,
      holds: Math.floor(Math.max(0, limits.maxEntries - otherEntries) / entriesPerMessage),
    },
    // How large the messages of others are is not known before they come.
    ...(input.kind === 'seed' && foreign === 0
      ? [
          {
            budget: `max_cassette_bytes ${limits.maxCassetteBytes}`,
            holds: Number(limits.maxCassetteBytes / BigInt(seededMessageBytes)),
          },
        ]
      : []),
  ]
  for (const { budget, holds } of rooms) {
    if (asked <= holds) continue
    throw new UserError(
      `record: ${asked} messages do not fit the policy ${policy}: its ${budget} holds ${holds}; record fewer, or raise the budget in arch/rr/policies`,
    )
  }
}
