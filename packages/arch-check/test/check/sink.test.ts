import { describe, expect, it } from 'vitest'
import { openSink } from '../../src/check/sink.ts'
import type { Finding } from '../../src/finding.ts'
import { x07Finding } from '../../src/findings.ts'

const BUDGET = 'E_ARCH_TOOL_BUDGET_EXCEEDED'
const one = x07Finding('E_ONE', 'lint', 'one')
const two = x07Finding('E_TWO', 'lint', 'two')
const three = x07Finding('E_THREE', 'lint', 'three')
const modules = x07Finding(BUDGET, 'lint', 'too many modules', { data: { budget: 'tool_budgets.max_modules' } })

function stored(maxDiags: number, fill: (sink: ReturnType<typeof openSink>) => void) {
  const sink = openSink(maxDiags, 'x07')
  fill(sink)
  const { findings, dropped } = sink.finish()
  return { findings: findings.map(({ code, data }) => data?.['budget'] ?? code), dropped }
}

function emitAll(sink: ReturnType<typeof openSink>, findings: readonly Finding[]): void {
  for (const finding of findings) sink.emit(finding)
}

describe('the store of findings', () => {
  it('replaces the last finding by its own budget where some were dropped', () => {
    expect(stored(2, (sink) => emitAll(sink, [one, two, three]))).toEqual({
      findings: ['E_ONE', 'tool_budgets.max_diags'],
      dropped: true,
    })
  })

  it('puts another exceeded budget in the place of the last finding, and then keeps quiet about its own', () => {
    const fill = (sink: ReturnType<typeof openSink>): void => {
      emitAll(sink, [one, two])
      sink.exceed(modules)
      sink.emit(three)
    }
    expect(stored(3, fill)).toEqual({ findings: ['E_ONE', 'E_TWO', 'tool_budgets.max_modules'], dropped: true })
    expect(stored(2, fill)).toEqual({ findings: ['E_ONE', 'tool_budgets.max_modules'], dropped: true })
    expect(stored(1, fill)).toEqual({ findings: ['tool_budgets.max_modules'], dropped: true })
    expect(stored(0, fill)).toEqual({ findings: [], dropped: true })
  })
})
