import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { compileGlobs } from '../../../src/x07/scan/globs.ts'
import { walk } from '../../../src/x07/scan/walk.ts'
import { project } from '../graph/project.ts'

const FILES = {
  'a.x07.json': '',
  'b.ts': '',
  'src/c.x07.json': '',
  'src/._d.x07.json': '',
  '._e/f.x07.json': '',
  '.hidden/g.x07.json': '',
  'src/.DS_Store': '',
  '.DS_Store/k.x07.json': '',
  'a.DS_Store/l.x07.json': '',
  'src/h.x07.json': '→c.x07.json',
  linked: '→src',
  'src/é.x07.json': '',
  'src/\u{1f600}.x07.json': '',
  'src/\uffee.x07.json': '',
  'node_modules/x/i.x07.json': '',
  'node_modules/x/package.json': '',
  'dist/j.x07.json': '',
  'src/package.json': '',
  'tsconfig.base.json': '',
}

async function scan(include: string[], exclude: string[]): Promise<{ files: string[]; settings: string[] }> {
  await using at = await project(FILES)
  const [included, excluded] = [compileGlobs(include), compileGlobs(exclude)]
  if (!included.ok || !excluded.ok) throw new Error('invalid glob')
  const { files, settings } = await walk({
    root: at.root,
    include: included.automaton,
    exclude: excluded.automaton,
    suffixes: ['.x07.json'],
  })
  return { files, settings }
}

describe('a walk', () => {
  test('finds what is included and not excluded, in the order of the bytes of its path', async () => {
    expect(await scan(['**/*'], ['**/node_modules/**', 'dist/*'])).toEqual({
      files: [
        '.hidden/g.x07.json',
        'a.DS_Store/l.x07.json',
        'a.x07.json',
        'src/c.x07.json',
        'src/é.x07.json',
        'src/\uffee.x07.json',
        'src/\u{1f600}.x07.json',
      ],
      settings: ['src/package.json', 'tsconfig.base.json'],
    })
  })

  test('enters a folder of which only a part is excluded', async () => {
    expect((await scan(['**/*.x07.json'], ['src/c*', '.hidden/*.json', '[an-]*', 'dist/**'])).files).toEqual([
      'src/é.x07.json',
      'src/\uffee.x07.json',
      'src/\u{1f600}.x07.json',
    ])
  })

  test('finds the same whether folders are left out or looked through', async () => {
    const pruned = await scan(['src/**', 'node_modules/**'], ['**/dist/**'])
    const walked = await scan(['{src,node_modules}/*'], ['**/dist/?*'])
    expect(pruned.files).toEqual(walked.files)
  })

  test('says which folder it cannot read, a root that is not there among them', async () => {
    await using at = await project({})
    const all = compileGlobs(['**'])
    if (!all.ok) throw new Error('invalid glob')
    const root = path.join(at.root, 'gone')
    expect((await walk({ root, include: all.automaton, exclude: all.automaton, suffixes: [] })).unreadable).toEqual([
      { path: '.', code: 'ENOENT' },
    ])
  })
})
