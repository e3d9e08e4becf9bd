import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

import { openCassette } from '../../src/rr/index.ts'
import { entryDocument, toHex, utf8 } from '../format/cassette/samples.ts'
import { configOf, outcome, rootWith } from './rr-samples.ts'

/** Few values, so that calls hit, miss and repeat. */
const name = fc.constantFrom('', 'a', 'b', 'ab')
const call = fc.record({ kind: name, op: name, key: name })
const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ next: call, asBytes: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ append: call }) },
)

interface Recorded {
  readonly kind: string
  readonly op: string
  readonly key: string
  readonly document: Uint8Array
  used: boolean
}

/** What the reference says in words: scan from the start, or take the next. */
class Model {
  readonly entries: Recorded[] = []
  #cursor = 0
  #past = false

  add(fields: { kind: string; op: string; key: string }): Uint8Array {
    const document = entryDocument({ ...fields, resp: utf8(`entry ${this.entries.length}`) })
    this.entries.push({ ...fields, document, used: false })
    return document
  }

  lookup(kind: string, op: string, key: string): string | number {
    const found = this.entries.find(
      (entry) => !entry.used && entry.kind === kind && entry.op === op && entry.key === key,
    )
    if (found === undefined) return 2009
    found.used = true
    return toHex(found.document)
  }

  transcript(kind: string, op: string): string | number {
    const entry = this.#past ? undefined : this.entries[this.#cursor++]
    if (entry === undefined) {
      this.#past = true
      return 2009
    }
    if (entry.kind !== kind) return 2010
    return entry.op === op ? toHex(entry.document) : 2011
  }
}

describe('next', () => {
  it.each(['lookup_v1', 'transcript_v1'] as const)(
    'answers in %s as a scan from the start would',
    async (matchMode) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(call, { maxLength: 8 }),
          fc.array(action, { maxLength: 30 }),
          async (before, actions) => {
            const model = new Model()
            const root = rootWith(before.map((fields) => model.add(fields)))
            using handle = await openCassette(configOf('record_missing_v1', matchMode), { root })
            for (const step of actions) {
              if ('append' in step) {
                handle.append(model.add(step.append))
                continue
              }
              const { kind, op, key } = step.next
              const form = (text: string) => (step.asBytes ? utf8(text) : text)
              const got = await outcome(async () => toHex(await handle.next(form(kind), form(op), form(key))))
              expect(got).toBe(matchMode === 'lookup_v1' ? model.lookup(kind, op, key) : model.transcript(kind, op))
            }
            const used = model.entries.filter((entry) => entry.used).length
            expect(handle.stats()).toContain(`"entries":${model.entries.length},"used":${used},`)
          },
        ),
        { numRuns: 60 },
      )
    },
  )
})
