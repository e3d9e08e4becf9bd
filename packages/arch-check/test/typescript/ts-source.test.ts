import { describe, expect, test } from 'vitest'
import { openTsParser } from '../../src/typescript/ts-parser.ts'
import { mayNestTooDeep, SAFE_TOKENS } from '../../src/typescript/ts-risk.ts'
import { parseTypeScript } from '../../src/typescript/ts-source.ts'

function importsOf(text: string, path = 'a.ts'): string[] {
  const parsed = parseTypeScript(path, text)
  if ('fault' in parsed) throw new Error(parsed.fault.reason)
  return parsed.source.imports.map(
    (found) => `${found.line}:${found.col} ${found.typeOnly ? 'type ' : ''}${found.specifier}`,
  )
}

describe('the imports of a TypeScript source', () => {
  test.each<[text: string, found: string[]]>([
    [`import a from 'x'`, ['1:15 x']],
    [`import { a, type B } from 'x'`, ['1:27 x']],
    [`import { type B } from 'x'`, ['1:24 x']],
    [`import type { B } from 'x'`, ['1:24 type x']],
    [`import /* why */ type /* not */ B from 'x'`, ['1:40 type x']],
    [`import type from 'x'`, ['1:18 x']],
    [`import type, { type B } from 'x'`, ['1:30 x']],
    [`import 'x'`, ['1:8 x']],
    [`import {} from 'x'`, ['1:16 x']],
    [`import * as a from 'x' with { type: 'json' }`, ['1:20 x']],
    [`export { a } from 'x'`, ['1:19 x']],
    [`export type { A } from 'x'`, ['1:24 type x']],
    [`export * from 'x'`, ['1:15 x']],
    [`export * as a from 'x'`, ['1:20 x']],
    [`export type * from 'x'`, ['1:20 type x']],
    [`export {} from 'x';`, ['1:16 x']],
    [`export /* none */ { } from 'x'; import 'y'`, ['1:28 x', '1:40 y']],
    [`export {}`, []],
    [`const a = await import('x')`, ['1:24 x']],
    ['const a = await import(`x`)', ['1:24 x']],
    ['const a = await import(`x${1}`)', []],
    [`const a = await import('x' + b)`, []],
    [`const a = await import('\\x78')`, ['1:24 x']],
    [`const a = require('x')`, ['1:19 x']],
    [`const a = require(b)`, []],
    [`const a = b.require('x')`, []],
    [`import a = require('x')`, ['1:20 x']],
    [`import a = B.c`, []],
    [`type A = import('x').B`, ['1:17 type x']],
    [`const a = "import('x')" // require('x')`, []],
    [`// é\nimport a from 'x'\n\n  import b from "y"`, ['2:15 x', '4:17 y']],
    [`/* 😀 */ import a from 'x'`, ['1:23 x']],
    [`import b from 'y'; const c = require('z'); import a from 'x'`, ['1:15 y', '1:38 z', '1:58 x']],
  ])('%j are %j', (text, found) => {
    expect(importsOf(text)).toEqual(found)
  })

  test.each([
    ['a.tsx', `import a from 'x'; const b = <a>{'y'}</a>`],
    ['a.mts', `import a from 'x'; await a`],
    ['a.cts', `import a from 'x'; return`],
    ['a.d.ts', `import a from 'x'; export declare const b: a`],
  ])('are read from %s', (path, text) => {
    expect(importsOf(text, path)).toEqual(['1:15 x'])
  })
})

test('exports are the names that others see', () => {
  const parsed = parseTypeScript(
    'a.ts',
    `export const a = 1, { b } = c; export function d() {}; export default class E {}; export { f as g } from 'x'
     export * from 'y'; export * as h from 'z'; export type I = 1; export enum J { K }; const l = 1`,
  )
  expect('source' in parsed && parsed.source.exports).toEqual(['a', 'b', 'd', 'default', 'g', 'h', 'I', 'J'])
})

test('a syntax error is told with its place', () => {
  expect(parseTypeScript('a.ts', 'const a = 1\nconst é = (2\n')).toEqual({
    fault: { reason: 'Expected `)` but found `EOF`', line: 3, col: 1 },
  })
})

describe('a source that may overflow the parser', () => {
  test.each([
    ['[', SAFE_TOKENS, false],
    ['[', SAFE_TOKENS + 1, true],
    ['! ', SAFE_TOKENS, false],
    ['! ', SAFE_TOKENS + 1, true],
    ['ab ', SAFE_TOKENS + 1, true],
    ['é', SAFE_TOKENS * 3, false],
    ['x'.repeat(50), SAFE_TOKENS + 1, false],
  ])('is one of more than 3,000 tokens: %j %i times, %s', (piece, times, risky) => {
    expect(mayNestTooDeep(piece.repeat(times))).toBe(risky)
  })

  test('becomes a fault, and the sources after it are read all the same', async () => {
    await using parser = openTsParser()
    const long = `import a from 'x'\n${'const b = [1, 2, 3]\n'.repeat(1000)}`
    const outcomes = await Promise.all([
      parser.parse('deep.ts', `const a = ${'['.repeat(200_000)}`),
      parser.parse('long.ts', long),
      parser.parse('cut.ts', `${long}const c = [`),
      parser.parse('short.ts', `import 'y'`),
    ])
    expect(outcomes).toEqual([
      { fault: { reason: 'the source nests deeper than the parser can follow', line: 1, col: 1 } },
      { source: { imports: [{ specifier: 'x', typeOnly: false, line: 1, col: 15 }], exports: [] } },
      { fault: { reason: 'Expected `]` but found `EOF`', line: 1002, col: 12 } },
      { source: { imports: [{ specifier: 'y', typeOnly: false, line: 1, col: 8 }], exports: [] } },
    ])
  })
})
