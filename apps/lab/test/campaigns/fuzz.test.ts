import { afterAll, expect, test } from 'vitest'
import { seededNumbers } from '../../src/events/random.ts'
import { mutate } from './mutate.ts'
import { openReaders } from './readers.ts'

/** Mutants in all; `X07_LAB_FUZZ=1000000` for the long run, `X07_LAB_FUZZ_SEED` for another one. */
const mutants = Number(process.env['X07_LAB_FUZZ'] ?? 6_500)
const seed = Number(process.env['X07_LAB_FUZZ_SEED'] ?? 14)
/** Above what the process has before: no mutant makes a reader allocate what it only announces. */
const maxGrowthBytes = 300 * 1024 * 1024

const opened = openReaders()
const { readers } = opened
afterAll(() => opened.close())

test.each(readers)(
  '$name: no mutant crashes it or takes much memory; what is refused is refused by its own error',
  ({ name, inputs, read, mayThrow }) => {
    for (const input of inputs) expect(() => read(input), `${name}: the unchanged input`).not.toThrow()
    const random = seededNumbers(seed)
    const before = process.memoryUsage().rss
    let most = before
    for (let nth = 0; nth < mutants / readers.length; nth++) {
      const mutant = mutate(inputs[random(inputs.length)]!, inputs[random(inputs.length)]!, random)
      try {
        read(mutant)
      } catch (error) {
        if (!mayThrow(error)) {
          throw new Error(`mutant ${nth} of seed ${seed}: ${mutant.subarray(0, 4096).toString('base64')}`, {
            cause: error,
          })
        }
      }
      if (nth % 256 === 0) most = Math.max(most, process.memoryUsage().rss)
    }
    expect(most - before).toBeLessThan(maxGrowthBytes)
  },
  3_600_000,
)
