import { expect, test } from 'vitest'
import { apiKeys } from '../../src/protocol/index.ts'
import { keyOf } from '../../src/socket/request-class.ts'
import { TopicNames } from '../../src/socket/topic-names.ts'

test.each(['Produce', 'Metadata', 'FindCoordinator', 'ListOffsets', 'OffsetFetch'] as const)(
  'a %s of a version that is not in the tables has the key of its API',
  (name) => {
    expect(keyOf(apiKeys[name], {}, new TopicNames())).toBe(name)
  },
)
