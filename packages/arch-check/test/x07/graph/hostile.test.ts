import { describe, expect, test } from 'vitest'
import type { Files } from './project.ts'
import { brief, checkProject, manifest, node, x07 } from './project.ts'

const MANY = 20_000
const names = Array.from({ length: MANY }, (_, at) => `bad.x${String(at).padStart(5, '0')}`)
const ALL = [node('all', { match: { module_prefixes: [], path_globs: ['**'] } })]

async function found(files: Files): Promise<string[]> {
  return (await checkProject(files, manifest({ nodes: ALL }))).findings.map(brief)
}

describe('a project made to do harm is checked to the end:', () => {
  test('one line of an X07 module with 20,000 imports that are not allowed', async () => {
    const findings = await found({ 'a.x07.json': JSON.stringify(JSON.parse(x07('a', names))) })
    expect(findings).toHaveLength(MANY)
    expect(findings[0]).toBe('E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED a.x07.json:1:81')
  })

  test('one line of a TypeScript module with 20,000 imports that are not allowed', async () => {
    const text = names.map((name) => `import '${name}'`).join(';')
    const findings = await found({ 'a.ts': text })
    expect(findings).toHaveLength(MANY)
    expect(findings.at(-1)).toBe(`E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED a.ts:1:${text.lastIndexOf("'bad") + 1}`)
  })

  test('a cycle of 500 modules', async () => {
    const files = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`m${at}.ts`, `import './m${(at + 1) % 500}.ts'`]),
    )
    const rules = [{ kind: 'deny_cycles_v1', id: 'm', scope: 'modules' } as const]
    const { findings } = await checkProject(files, manifest({ nodes: ALL, rules }))
    expect(findings.map(({ code, data }) => [code, data?.['evidence']])).toEqual([
      ['E_ARCH_MODULE_CYCLE', expect.objectContaining({ length: 100 })],
    ])
  })

  test.each<[title: string, files: Files, findings: string[]]>([
    [
      'nested arrays in TypeScript',
      { 'a.ts': `export const a = ${'['.repeat(1_000_000)}` },
      ['E_ARCH_MODULE_PARSE a.ts:1:1'],
    ],
    ['nested arrays in X07', { 'a.x07.json': '['.repeat(1_000_000) }, ['E_ARCH_MODULE_PARSE a.x07.json:1:128']],
    ['invalid UTF-8', { 'a.ts': 'ok' }, []],
    [
      'a lone surrogate in an import',
      { 'a.x07.json': x07('a', ['#']).replace('#', String.raw`\ud800`) },
      ['E_ARCH_MODULE_PARSE a.x07.json:6:3'],
    ],
    [
      'a package that exports to no end',
      {
        'package.json': `{"name":"a","exports":${'{"x":'.repeat(50_000)}"./b"${'}'.repeat(50_000)}}`,
        'a.ts': `import 'a'`,
      },
      ['E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED a.ts:1:8'],
    ],
    [
      'a tsconfig that extends itself twice',
      { 'tsconfig.json': '{"extends":["./tsconfig.json","./tsconfig.json"]}', 'a.ts': `import 'a'` },
      ['E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED a.ts:1:8'],
    ],
    [
      'a tsconfig that extends a device',
      {
        'tsconfig.json': '{"extends":["./null.json","./terminal.json"]}',
        'null.json': '→/dev/null',
        'terminal.json': '→/dev/ptmx',
        'a.ts': `import 'a'`,
      },
      ['E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED a.ts:1:8'],
    ],
    ['a tsconfig full of brackets', { 'tsconfig.json': '['.repeat(100_000), 'a.ts': '' }, []],
    [
      'a package named __proto__',
      {
        'package.json': '{"name":"__proto__","exports":{"./__proto__":"./a.ts"}}',
        'a.ts': '',
        'b.ts': `import '__proto__/__proto__'`,
      },
      [],
    ],
    ['folders that link to each other', { 'a.ts': '', 'b/c.ts': '', 'b/d': '→..' }, []],
    ['a link out of the project', { 'a.ts': '→/etc/passwd', etc: '→/etc' }, []],
  ])('%s', async (_, files, findings) => {
    expect(await found(files)).toEqual(findings)
  })
})
