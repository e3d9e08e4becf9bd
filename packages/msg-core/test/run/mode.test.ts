import { describe, expect, test } from 'vitest'
import { runAction, type CassetteState } from '../../src/run/index.ts'

const states: readonly CassetteState[] = ['absent', 'empty', 'recorded']

describe('what a run does with what is there', () => {
  test.each([
    ['auto', ['record', 'record', 'replay'], ['refuse_in_ci', 'refuse_in_ci', 'replay']],
    ['record', ['record', 'record', 'record'], ['refuse_in_ci', 'refuse_in_ci', 'refuse_in_ci']],
    ['record_new', ['record', 'record', 'refuse_to_replace'], ['refuse_in_ci', 'refuse_in_ci', 'refuse_to_replace']],
    ['replay', ['replay', 'replay', 'replay'], ['replay', 'replay', 'replay']],
  ] as const)('%s: absent, empty, recorded; elsewhere and in CI', (mode, elsewhere, inCi) => {
    expect(states.map((state) => runAction(mode, state, false))).toEqual(elsewhere)
    expect(states.map((state) => runAction(mode, state, true))).toEqual(inCi)
  })
})
