import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Queue } from '../../src/kit/queue.ts'

describe('Queue', () => {
  it('gives what a list would, however it grows and shrinks', () => {
    const steps = fc.array(fc.oneof(fc.record({ push: fc.nat(40) }), fc.record({ shift: fc.nat(40) })), {
      maxLength: 40,
    })
    fc.assert(
      fc.property(steps, (all) => {
        const queue = new Queue<number>()
        const model: number[] = []
        let next = 0
        for (const step of all) {
          if ('push' in step) {
            for (let left = step.push; left > 0; left--) {
              queue.push(next)
              model.push(next++)
            }
          } else {
            for (let left = step.shift; left > 0; left--) expect(queue.shift()).toBe(model.shift())
          }
          expect(queue.length).toBe(model.length)
          for (let at = 0; at <= model.length; at++) expect(queue.peek(at)).toBe(model[at])
        }
      }),
    )
  })
})
