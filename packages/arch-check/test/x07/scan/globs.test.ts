import { describe, expect, test } from 'vitest'
import { compileGlobs, compilePatterns } from '../../../src/x07/scan/globs.ts'

function matches(glob: string, path: string): boolean {
  const compiled = compileGlobs([glob])
  if (!compiled.ok) throw new Error(`${glob}: ${compiled.reason}`)
  return compiled.automaton.match(path).length > 0
}

describe('a glob', () => {
  test.each<[glob: string, yes: string[], no: string[]]>([
    ['src/a.ts', ['src/a.ts'], ['src/a.tsx', 'xsrc/a.ts', 'src/A.ts', '']],
    ['*', ['', 'a', 'a/b'], []],
    ['*.ts', ['a.ts', '.ts', 'a/b.ts'], ['a.tsx']],
    ['src/?', ['src/a', 'src//'], ['src/', 'src/ab', 'src/é']],
    ['src/??', ['src/é'], []],
    ['?rc/**', ['src/a', '/rc/a'], ['rc/a', 'src']],
    ['**', ['', 'a', 'a/b'], []],
    ['**/**', ['', 'a', 'a/b'], []],
    ['**/a', ['a', '/a', 'b/a', 'c/b/a'], ['ba', 'a/b']],
    ['a/**', ['a/', 'a/b', 'a/b/c'], ['a', 'ab']],
    ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b'], ['ab', 'a/xb', 'a/b/c']],
    ['a/**/**', ['a/', 'a/b'], ['a']],
    ['src/***', ['src/', 'src/a/b'], ['src']],
    ['co**.ts', ['co.ts', 'co/x/y.ts'], ['o.ts']],
    ['a**', ['a', 'ab', 'a/b'], ['b']],
    ['**a', ['a', 'ba', 'b/a'], ['ab']],
    ['**/node_modules/**', ['node_modules/a', 'x/node_modules/a/b'], ['node_modules', 'xnode_modules/a']],
    ['{a,b}', ['a', 'b'], ['c', '', 'a,b', '{a,b}']],
    ['x{a,}', ['xa'], ['x']],
    ['x{,}y', ['xy'], ['x,y']],
    ['x{}y', ['xy'], []],
    ['x{{},{,}}y', ['xy'], []],
    ['x{a{b,c},d}y', ['xaby', 'xacy', 'xdy'], ['xay', 'xbcy']],
    ['{**/a,b}', ['a', 'x/a', 'b'], ['xa', 'x/b']],
    ['{a/**,b}', ['a/x', 'b'], ['a']],
    ['{x,**}', ['x', '', 'a/b'], []],
    ['{a/**/b,c}', ['a/b', 'a/x/b', 'c'], ['a/c']],
    ['a,b', ['a,b'], ['a', 'b']],
    ['[ab]', ['a', 'b'], ['c', 'ab', '']],
    ['[a-c]x', ['ax', 'cx'], ['dx', '-x']],
    ['[!a-c]', ['d', '/'], ['a', 'c']],
    ['[^a]', ['b'], ['a']],
    ['[]a]', [']', 'a'], ['b']],
    ['[!]a]', ['b'], [']', 'a']],
    ['[a-]', ['a', '-'], ['b']],
    ['[-a]', ['a', '-'], ['b']],
    ['[--/]', ['-', '.', '/'], ['a']],
    ['[\\]', ['\\'], ['a']],
    ['[a-a]', ['a'], ['b']],
    ['a]', ['a]'], ['a']],
    ['\\*', ['*'], ['a']],
    ['\\[a\\]', ['[a]'], ['a']],
    ['{\\,,b}', [',', 'b'], ['\\']],
    ['core\\_a', ['core_a'], ['core\\_a']],
    ['/src/**', ['/src/a'], ['src/a']],
    ['./src/**', ['./src/a'], ['src/a']],
    ['é', ['é'], ['e']],
    ['[é][é]', ['é'], ['é?']],
    ['a\nb?', ['a\nb\n'], ['ab']],
  ])('%j takes %j and not %j', (glob, yes, no) => {
    expect(yes.filter((path) => !matches(glob, path))).toEqual([])
    expect(no.filter((path) => matches(glob, path))).toEqual([])
  })

  test.each([
    ['[', 'unclosed character class, a [ wants its ]'],
    ['a[b', 'unclosed character class, a [ wants its ]'],
    ['[]', 'unclosed character class, a [ wants its ]'],
    ['[!', 'unclosed character class, a [ wants its ]'],
    ['{', 'unclosed alternatives, a { wants its }'],
    ['{a,{b}', 'unclosed alternatives, a { wants its }'],
    ['}', 'a } without its {'],
    ['{a}}', 'a } without its {'],
    ['a\\', 'nothing after the last \\'],
    ['[z-a]', 'the range z-a runs backwards'],
    ['[b-a-]', 'the range b-a runs backwards'],
    ['[a--]', 'the range a-- runs backwards'],
  ])('%j is refused: %s', (glob, reason) => {
    expect(compileGlobs(['ok', glob])).toEqual({ ok: false, glob, reason })
  })

  test('of hostile nesting is matched in time linear to the path', () => {
    const hostile = `${'{*a,*?,**/*}'.repeat(20)}z`
    expect(matches(hostile, 'a'.repeat(20_000))).toBe(false)
    expect(matches(hostile, `${'a'.repeat(20_000)}z`)).toBe(true)
  })
})

describe('several patterns in one automaton', () => {
  const compiled = compilePatterns([
    { tag: 0, glob: 'src/**' },
    { tag: 1, prefix: 'src/a', boundary: false },
    { tag: 2, prefix: 'src/a', boundary: true },
    { tag: 3, glob: '**/*.ts' },
    { tag: 4, prefix: 'src/', boundary: true },
  ])
  if (!compiled.ok) throw new Error(compiled.reason)
  const { automaton } = compiled

  test.each([
    ['src/a', [0, 1, 2, 4]],
    ['src/ab.ts', [0, 1, 3, 4]],
    ['src/a/b', [0, 1, 2, 4]],
    ['src/a.ts', [0, 1, 2, 3, 4]],
    ['x.ts', [3]],
    ['x', []],
  ])('%s is told by each of them: %j', (text, tags) => {
    expect(automaton.match(text)).toEqual(tags)
  })

  test('a state knows what matches whatever follows, and when nothing can', () => {
    const only = compileGlobs(['**/dist/**', 'src/*.ts'])
    if (!only.ok) throw new Error(only.reason)
    const at = (text: string) => only.automaton.step(only.automaton.start, text)
    expect(at('a/dist/').always).toEqual([0])
    expect(at('a/dist').always).toEqual([])
    const narrow = compileGlobs(['src/*.ts'])
    if (!narrow.ok) throw new Error(narrow.reason)
    expect(narrow.automaton.step(narrow.automaton.start, 'lib/').dead).toBe(true)
    expect(narrow.automaton.step(narrow.automaton.start, 'src/x/').dead).toBe(false)
  })
})
