import type { Header } from '@x07-lab/msg-core'
import { expect, test } from 'vitest'
import { joinHeaders } from '../../../src/driver/wire/header-list.ts'

const type: Header = ['content-type', 'a/b']
const id: Header = ['message-id', '1']

test.each<[string, Header | undefined, Header | undefined, Header[], string[]]>([
  [
    'no properties: the table as it is',
    undefined,
    undefined,
    [
      ['z', ''],
      ['a', ''],
    ],
    ['z', 'a'],
  ],
  ['no table', type, id, [], ['content-type', 'message-id']],
  [
    'a sorted table: in their places',
    type,
    id,
    [
      ['a', ''],
      ['d', ''],
      ['z', ''],
    ],
    ['a', 'content-type', 'd', 'message-id', 'z'],
  ],
  [
    'a sorted table of later names',
    type,
    undefined,
    [
      ['d', ''],
      ['z', ''],
    ],
    ['content-type', 'd', 'z'],
  ],
  [
    'a table in another order: in front',
    type,
    id,
    [
      ['z', ''],
      ['a', ''],
    ],
    ['content-type', 'message-id', 'z', 'a'],
  ],
  [
    'a table with a name twice: in front',
    undefined,
    id,
    [
      ['a', ''],
      ['a', ''],
    ],
    ['message-id', 'a', 'a'],
  ],
])('%s', (_, contentType, messageId, table, names) => {
  expect(joinHeaders(contentType, messageId, table).map(([name]) => name)).toEqual(names)
})

test('a property stands in front of a table header of its name', () => {
  const other: Header = ['message-id', 'in the table']
  expect(joinHeaders(undefined, id, [['a', ''], other])).toEqual([id, ['a', ''], other])
})
