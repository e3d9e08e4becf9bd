import { describe, expect, test } from 'vitest'
import { tsResolver } from '../../src/typescript/ts-resolve.ts'
import { readPathMaps } from '../../src/typescript/tsconfig-paths.ts'
import { readWorkspace } from '../../src/typescript/workspace.ts'
import { project } from '../x07/graph/project.ts'

const SETTINGS = {
  'package.json': '{"name":"root"}',
  'tsconfig.json':
    '{ // paths of the root\n "compilerOptions": { "baseUrl": "./lib", "paths": { "~/*": ["*", "../extra/*"], "exact": ["one.ts"], }, }, }',
  'p/a/package.json': JSON.stringify({
    name: '@w/a',
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './deep/*.js': './src/deep/*.ts',
      './deep/special/*.js': './src/other/*.ts',
      './closed': null,
      './list': ['./none.ts', './src/list.ts'],
    },
    imports: { '#own': './src/own.ts', '#gone': './gone.ts', '#dep': 'amqplib' },
  }),
  'p/b/package.json': '{"name":"b","main":"./lib/main.js"}',
  'p/b/tsconfig.json': '{"extends":"./tsconfig.paths"}',
  'p/b/tsconfig.paths.json': '{"compilerOptions":{"paths":{"@/*":["./src/*"],"@/x":["./src/y.ts"]}}}',
  'p/c/package.json': 'not json',
  'p/b/node_modules/@w/a/package.json': '{"name":"@w/installed"}',
}

const FILES = [
  'lib/x.ts',
  'lib/one.ts',
  'extra/y.ts',
  'p/a/src/index.ts',
  'p/a/src/own.ts',
  'p/a/src/list.ts',
  'p/a/src/deep/d.ts',
  'p/a/src/other/s.ts',
  'p/a/src/types.d.ts',
  'p/a/src/view.tsx',
  'p/a/src/m.mts',
  'p/a/src/folder/index.ts',
  'p/b/src/main.ts',
  'p/b/src/y.ts',
  'p/c/z.ts',
]

describe('a specifier in a TypeScript file', () => {
  test.each<[from: string, specifier: string, name: string, local?: boolean]>([
    ['p/a/src/index.ts', './own.ts', '@w/a/src/own.ts'],
    ['p/a/src/index.ts', './own.js', '@w/a/src/own.ts'],
    ['p/a/src/index.ts', './own', '@w/a/src/own.ts'],
    ['p/a/src/index.ts', './own?raw', '@w/a/src/own.ts'],
    ['p/a/src/index.ts', './view.jsx', '@w/a/src/view.tsx'],
    ['p/a/src/index.ts', './m.mjs', '@w/a/src/m.mts'],
    ['p/a/src/index.ts', './types.js', '@w/a/src/types.d.ts'],
    ['p/a/src/index.ts', './folder', '@w/a/src/folder/index.ts'],
    ['p/a/src/index.ts', './folder/', '@w/a/src/folder/index.ts'],
    ['p/a/src/folder/index.ts', '..', '@w/a/src/index.ts'],
    ['p/a/src/index.ts', '../../b/src/y.ts', 'b/src/y.ts'],
    ['p/a/src/index.ts', '../data.json', '@w/a/data.json', true],
    ['p/a/src/index.ts', '../../b/data.json', 'b/data.json'],
    ['p/a/src/index.ts', '../../../../out.ts', '../../../../out.ts'],
    ['p/a/src/index.ts', '#own', '@w/a/src/own.ts'],
    ['p/a/src/index.ts', '#gone', '#gone', true],
    ['p/a/src/index.ts', '#dep', '#dep'],
    ['p/b/src/main.ts', '@w/a', '@w/a/src/index.ts'],
    ['p/b/src/main.ts', '@w/a/deep/d.js', '@w/a/src/deep/d.ts'],
    ['p/b/src/main.ts', '@w/a/deep/special/s.js', '@w/a/src/other/s.ts'],
    ['p/b/src/main.ts', '@w/a/list', '@w/a/src/list.ts'],
    ['p/b/src/main.ts', '@w/a/closed', '@w/a/closed'],
    ['p/b/src/main.ts', '@w/a/src/own.ts', '@w/a/src/own.ts'],
    ['p/b/src/main.ts', '@/x', 'b/src/y.ts'],
    ['p/b/src/main.ts', '@/main', 'b/src/main.ts'],
    ['p/b/src/main.ts', '@/none', '@/none'],
    ['p/a/src/index.ts', 'b', 'b/src/main.ts'],
    ['p/a/src/index.ts', '~/x', 'root/lib/x.ts'],
    ['p/a/src/index.ts', '~/y', 'root/extra/y.ts'],
    ['p/a/src/index.ts', 'exact', 'root/lib/one.ts'],
    ['p/c/z.ts', '@w/installed', '@w/installed'],
    ['p/c/z.ts', 'node:fs', 'node:fs'],
    ['p/c/z.ts', 'fs/promises', 'node:fs/promises'],
    ['p/c/z.ts', 'node:test', 'node:test'],
    ['p/c/z.ts', 'amqplib/callback_api', 'amqplib/callback_api'],
    ['p/c/z.ts', 'https://x.test/a.ts', 'https://x.test/a.ts'],
    ['p/c/z.ts', '', ''],
  ])('of %s, %j, is %j', async (from, specifier, name, local = false) => {
    await using at = await project(SETTINGS)
    const settings = Object.keys(SETTINGS).sort()
    const resolver = tsResolver(new Set(FILES), await readWorkspace(at.root, settings), readPathMaps(at.root, settings))
    expect(resolver.resolve(from, specifier)).toEqual({ name, local })
  })

  test('is looked up by a file whose id is its package and its path in it', async () => {
    await using at = await project(SETTINGS)
    const resolver = tsResolver(new Set(FILES), await readWorkspace(at.root, Object.keys(SETTINGS).sort()), () => [])
    expect(['p/a/src/own.ts', 'p/b/src/y.ts', 'p/c/z.ts'].map((file) => resolver.idOf(file))).toEqual([
      '@w/a/src/own.ts',
      'b/src/y.ts',
      'root/p/c/z.ts',
    ])
  })
})
