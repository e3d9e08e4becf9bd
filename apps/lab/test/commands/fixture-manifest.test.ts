import { describe, expect, test } from 'vitest'
import { parseManifest as parseText } from '../../src/commands/fixture-manifest.ts'

const good = { id: 'a', world: 'solve-rr', entry: 'lab.replay_v1', fixture_root: 'fixtures/a' }
const parseManifest = (document: unknown, file: string) => parseText(JSON.stringify(document), file)
const manifest = (...tests: unknown[]) => ({ schema_version: 'x07.tests_manifest@0.2.0', tests })

test('tests come sorted by id; pass is expected by default, and unknown fields are passed over', () => {
  expect(
    parseManifest(manifest({ ...good, id: 'b', expect: 'fail', more: 1 }, { ...good, timeout_ms: 5 }), 'm'),
  ).toEqual([
    { id: 'a', fixtureRoot: 'fixtures/a', expect: 'pass' },
    { id: 'b', fixtureRoot: 'fixtures/a', expect: 'fail' },
  ])
})

describe("a manifest that cannot be run is refused with X07's code", () => {
  test.each<readonly [code: string, document: unknown]>([
    ['ETEST_MANIFEST_JSON', null],
    ['ETEST_MANIFEST_JSON', []],
    ['ETEST_SCHEMA_VERSION', { tests: [good] }],
    ['ETEST_SCHEMA_VERSION', { ...manifest(good), schema_version: 'x07.tests_manifest@0.3.0' }],
    ['ETEST_TESTS_EMPTY', manifest()],
    ['ETEST_TESTS_EMPTY', { ...manifest(), tests: { a: good } }],
    ['ETEST_ID_INVALID', manifest(null)],
    ['ETEST_ID_INVALID', manifest({ ...good, id: '' })],
    ['ETEST_ID_INVALID', manifest({ ...good, id: 'é' })],
    ['ETEST_ID_DUPLICATE', manifest(good, good)],
    ['ETEST_WORLD_INVALID', manifest({ ...good, world: 'solve-full' })],
    ['ETEST_ENTRY_INVALID', manifest({ ...good, entry: 'main' })],
    ['ETEST_EXPECT_INVALID', manifest({ ...good, expect: 'maybe' })],
    ['ETEST_FIXTURE_REQUIRED', manifest({ ...good, fixture_root: undefined })],
    ...['/a', '..', '.', './a', '../a', 'a/../b', 'a\\b'].map(
      (path) => ['ETEST_FIXTURE_UNSAFE_PATH', manifest({ ...good, fixture_root: path })] as const,
    ),
  ])('%s', (code, document) => {
    expect(() => parseManifest(document, 'tests/tests.json')).toThrow(`test manifest tests/tests.json: ${code}: `)
  })

  test.each<readonly [text: string, line: string]>([
    ['{', "ETEST_MANIFEST_JSON: Expected property name or '}' in JSON at position 1 (line 1 column 2)"],
    [
      JSON.stringify(manifest({ ...good, world: undefined })),
      'ETEST_WORLD_INVALID: test a: world (missing) is not solve-rr, the world of replays',
    ],
    [
      JSON.stringify(manifest({ ...good, entry: undefined })),
      'ETEST_ENTRY_INVALID: test a: entry (missing) is not lab.replay_v1',
    ],
  ])('%s', (text, line) => {
    expect(() => parseText(text, 'm')).toThrow(
      expect.objectContaining({ message: `test manifest m: ${line}`, exitCode: 2 }),
    )
  })

  test.each(['', 'a', 'a/./b', 'a//b'])('X07 takes the path %j, and so does this', (path) => {
    expect(parseManifest(manifest({ ...good, fixture_root: path }), 'm')).toMatchObject([{ fixtureRoot: path }])
  })
})
