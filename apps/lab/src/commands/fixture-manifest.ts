import { UserError } from '../user-error.ts'

/** One test of a manifest. */
export interface FixtureTest {
  readonly id: string
  /** Relative to the manifest's folder. */
  readonly fixtureRoot: string
  readonly expect: 'pass' | 'fail' | 'skip'
}

/** The program a test runs: this lab's pipeline over every cassette of the fixture. */
export const replayEntry = 'lab.replay_v1'

const versions = ['x07.tests_manifest@0.1.0', 'x07.tests_manifest@0.2.0']

/**
 * Reads a manifest; fields that this program has no use for are passed over, as X07 does. Tests come back sorted by id.
 *
 * @throws UserError naming X07's code, the test and the field
 */
export function parseManifest(text: string, file: string): FixtureTest[] {
  const fail = (code: string, problem: string): UserError => new UserError(`test manifest ${file}: ${code}: ${problem}`)
  const document = parse(text)
  if (document instanceof SyntaxError) throw fail('ETEST_MANIFEST_JSON', document.message)
  if (!isObject(document)) throw fail('ETEST_MANIFEST_JSON', 'it is no JSON object')
  if (!versions.includes(String(document['schema_version']))) {
    throw fail('ETEST_SCHEMA_VERSION', `schema_version is not ${versions.join(' or ')}`)
  }
  const { tests } = document
  if (!Array.isArray(tests) || tests.length === 0) throw fail('ETEST_TESTS_EMPTY', 'tests lists nothing')
  const seen = new Set<string>()
  const parsed = tests.map((test: unknown, index): FixtureTest => {
    const { id, world, entry, expect = 'pass', fixture_root: fixtureRoot } = isObject(test) ? test : {}
    if (typeof id !== 'string' || !/^[\x20-\x7e]+$/.test(id))
      throw fail('ETEST_ID_INVALID', `tests[${index}].id is not printable ASCII`)
    if (seen.has(id)) throw fail('ETEST_ID_DUPLICATE', `id ${id} occurs twice`)
    seen.add(id)
    if (world !== 'solve-rr')
      throw fail('ETEST_WORLD_INVALID', `test ${id}: world ${shown(world)} is not solve-rr, the world of replays`)
    if (entry !== replayEntry)
      throw fail('ETEST_ENTRY_INVALID', `test ${id}: entry ${shown(entry)} is not ${replayEntry}`)
    if (expect !== 'pass' && expect !== 'fail' && expect !== 'skip')
      throw fail('ETEST_EXPECT_INVALID', `test ${id}: expect ${JSON.stringify(expect)} is not pass, fail or skip`)
    if (typeof fixtureRoot !== 'string') throw fail('ETEST_FIXTURE_REQUIRED', `test ${id}: fixture_root is missing`)
    if (!isSafeFixturePath(fixtureRoot))
      throw fail(
        'ETEST_FIXTURE_UNSAFE_PATH',
        `test ${id}: fixture_root ${JSON.stringify(fixtureRoot)} leaves the manifest's folder, or is no plain relative path`,
      )
    return { id, fixtureRoot, expect }
  })
  return parsed.sort((a, b) => (a.id < b.id ? -1 : 1))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    return error
  }
}

function shown(value: unknown): string {
  return value === undefined ? '(missing)' : JSON.stringify(value)
}

/** X07's rule: no backslash, not absolute, and no `..`; `.` is refused in front, where it would mean the folder itself. */
function isSafeFixturePath(path: string): boolean {
  if (path.includes('\\') || path.startsWith('/')) return false
  const [first, ...rest] = path.split('/')
  return first !== '.' && first !== '..' && !rest.includes('..')
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
