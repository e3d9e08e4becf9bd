import { RR_MODES } from '@x07-lab/msg-core/rr'
import { describe, expect, test } from 'vitest'
import { recordActions, type CassetteState } from '../../src/commands/record-action.ts'

const states: readonly CassetteState[] = ['absent', 'empty', 'recorded']

describe('what lab record does with what is there', () => {
  test.each([
    ['off', ['run', 'run', 'run']],
    ['record_v1', ['record', 'record', 'refuse']],
    ['replay_v1', ['replay', 'replay', 'replay']],
    ['record_missing_v1', ['record', 'record', 'replay']],
    ['rewrite_v1', ['record', 'record', 'record']],
  ] as const)('%s: absent, empty, recorded', (mode, actions) => {
    expect(states.map((state) => recordActions[mode][state])).toEqual(actions)
  })

  test('every mode of X07 is in the table', () => {
    expect(Object.keys(recordActions).sort()).toEqual([...RR_MODES].sort())
  })
})
