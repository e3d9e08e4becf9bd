import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { describe, expect, it, onTestFinished } from 'vitest'

import type { RrVector } from '../../src/vectors/rr-vector.ts'
import { runVectors } from '../../src/vectors/run.ts'

/** Opens nothing: `entry_err` of a document that is no entry traps. */
const trap: RrVector = {
  id: 'own/trap',
  path_hex: Buffer.from('c.rrbin').toString('hex'),
  file_before_hex: null,
  file_after_hex: null,
  script: [{ op: 'current' }, { op: 'entry_err', doc: '00' }],
  results: [{ op: 'current', i32: 0 }],
  trap: 'rr.entry_err_v1 invalid entry',
  trap_at: [1],
}

function vectorFile(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-vectors-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const path = join(folder, 'v.jsonl')
  writeFileSync(path, text)
  return path
}

async function run(...files: string[]): Promise<{ exit: number; printed: string[]; errors: string[]; arch: string[] }> {
  const [printed, errors, arch]: string[][] = [[], [], []]
  const exit = await runVectors({
    files,
    runArchVectors: async (path, options) => {
      arch?.push(path)
      options?.onDifference?.({ id: 'man-x', lines: ['exit: expected 0, got 2'] })
      return { passed: 3, failed: 1 }
    },
    print: (line) => printed?.push(line),
    printError: (line) => errors?.push(line),
  })
  return { exit, printed: printed ?? [], errors: errors ?? [], arch: arch ?? [] }
}

describe('runVectors', () => {
  it('counts what passed and exits 0', async () => {
    const path = vectorFile(`${JSON.stringify(trap)}\n\n${JSON.stringify(trap)}\n`)
    expect(await run(path)).toMatchObject({ exit: 0, printed: ['2 passed, 0 failed'], errors: [] })
  })

  const wrong: [string, Partial<RrVector>, string][] = [
    [
      'a result',
      { results: [{ op: 'current', i32: 1 }] },
      'results[0]: expected {"op":"current","i32":1}, got {"op":"current","i32":0}',
    ],
    [
      'a result more',
      { results: [...trap.results, ...trap.results] },
      'results[1]: expected {"op":"current","i32":0}, got nothing',
    ],
    [
      'a trap',
      { trap: 'rr invalid handle' },
      'trap: expected "rr invalid handle", got "rr.entry_err_v1 invalid entry"',
    ],
    ['its place', { trap_at: [0] }, 'trap_at: expected [0], got [1]'],
    ['the file', { file_after_hex: '00' }, 'file_after_hex: expected "00", got null'],
  ]
  it.each(wrong)('names the vector and %s that differs, and exits 1', async (_what, change, line) => {
    const path = vectorFile(JSON.stringify({ ...trap, ...change }))
    expect(await run(path)).toMatchObject({ exit: 1, printed: [`own/trap: ${line}`, '0 passed, 1 failed'] })
  })

  it('tells a difference inside a scope', async () => {
    const cfg = Buffer.concat([
      Buffer.from('X7RC\u0001\0\0\0\0\0\0\0', 'latin1'),
      Buffer.alloc(24),
      Buffer.from([1, 0, 0, 0]),
      Buffer.from('c'),
    ]).toString('hex')
    const vector: RrVector = {
      ...trap,
      script: [{ op: 'with', cfg, script: [{ op: 'current' }, { op: 'stats', h: 9 }] }],
      results: [{ op: 'with', partial: [{ op: 'current', i32: 2 }] }],
      trap: 'rr invalid handle',
      trap_at: [0, 1],
    }
    expect((await run(vectorFile(JSON.stringify(vector)))).printed[0]).toBe(
      'own/trap: results[0].with[0]: expected {"op":"current","i32":2}, got {"op":"current","i32":1}',
    )
  })

  it('tells files of arch cases by what they hold, and adds up', async () => {
    const cases = vectorFile('{"id": "man-x", "base": "lab", "change": [], "exit": 0}')
    const rr = vectorFile(JSON.stringify(trap))
    expect(await run(rr, cases)).toEqual({
      exit: 1,
      printed: ['man-x: exit: expected 0, got 2', '4 passed, 1 failed'],
      errors: [],
      arch: [cases],
    })
  })

  it.each([
    ['a file that is not JSON', '{', /line 1 is not JSON: /],
    ['a file of something else', '{"id": 1}', /line 1 is neither an rr vector nor an arch case$/],
    ['a line that is no vector', `${JSON.stringify(trap)}\n[]`, /line 2 is neither an rr vector nor an arch case$/],
    ['a file without lines', '\n', /the file holds none$/],
  ])('refuses %s in one line, and exits 2', async (_name, text, message) => {
    const { exit, printed, errors } = await run(vectorFile(text))
    expect([exit, printed, errors.length]).toEqual([2, [], 1])
    expect(errors[0]).toMatch(message)
  })

  it('says how it is called where no file is given, and which is missing', async () => {
    expect(await run()).toMatchObject({ exit: 2, errors: ['usage: pnpm vectors FILE…'] })
    expect((await run('/none.jsonl')).errors[0]).toMatch(/^read vectors \/none\.jsonl: ENOENT/)
  })
})
