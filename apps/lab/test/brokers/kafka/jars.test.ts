import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { systemClock } from '../../../src/brokers/clock.ts'
import { checkJars, fetchJars, kafkaVersion, parseJarList } from '../../../src/brokers/kafka/jars.ts'
import { installPrograms } from '../support/fake-programs.ts'

// These start processes, which take long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

const BYTES = 'the jar'
const PINNED = createHash('sha256').update(BYTES).digest('hex')
const OTHER = createHash('sha256').update('another jar').digest('hex')
const jars = [{ sha256: PINNED, name: 'kafka_2.13-4.1.1.jar' }]

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-jars-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Fetches with an `mvn` of this behaviour; `target` is the folder it was told to copy to. */
async function fetchWith(maven: string | undefined): Promise<void> {
  const told = "const target = process.argv.find((arg) => arg.startsWith('-DoutputDirectory=')).slice(18)"
  const bin = await installPrograms(folder, maven === undefined ? {} : { mvn: `${told}; ${maven}` })
  const deps = { env: { PATH: bin }, repo: '/the/repo', clock: systemClock, searchFolders: [] }
  await fetchJars(join(folder, 'cache/kafka-4.1.1'), jars, deps)
}

const copying = (text: string): string =>
  `require('node:fs').writeFileSync(target + '/kafka_2.13-4.1.1.jar', ${JSON.stringify(text)})`

test('the list is checksum, two spaces, name; its broker jar tells the version', () => {
  const list = parseJarList(`${PINNED}  a-1.jar\n${OTHER}  kafka_2.13-4.1.1.jar\n`)
  expect(list).toEqual([
    { sha256: PINNED, name: 'a-1.jar' },
    { sha256: OTHER, name: 'kafka_2.13-4.1.1.jar' },
  ])
  expect(kafkaVersion(list)).toBe('4.1.1')
  expect(() => kafkaVersion(list.slice(0, 1))).toThrow(
    "read the list of Kafka's jars: kafka_2.13-VERSION.jar is not among them",
  )
})

test.each([
  ['a path', `${PINNED}  ../kafka.jar`],
  ['a short checksum', `${PINNED.slice(1)}  kafka.jar`],
  ['one space', `${PINNED} kafka.jar`],
  ['no jar', `${PINNED}  kafka.sh`],
  ['an empty line', ''],
])('a line with %s is refused', (_, line) => {
  expect(() => parseJarList(`${PINNED}  a-1.jar\n${line}\n${PINNED}  b-1.jar\n`)).toThrow(
    "read the list of Kafka's jars: line 2 is not 'SHA-256, two spaces, NAME.jar'",
  )
})

test('jars are judged byte for byte', async () => {
  expect(await checkJars(folder, jars)).toBe('kafka_2.13-4.1.1.jar is missing')
  await writeFile(join(folder, 'kafka_2.13-4.1.1.jar'), 'another jar')
  expect(await checkJars(folder, jars)).toBe(`kafka_2.13-4.1.1.jar has SHA-256 ${OTHER}, expected ${PINNED}`)
  await writeFile(join(folder, 'kafka_2.13-4.1.1.jar'), BYTES)
  expect(await checkJars(folder, jars)).toBe(undefined)
})

test('what Maven fetched replaces what was there, in one step', async () => {
  await mkdir(join(folder, 'cache/kafka-4.1.1'), { recursive: true })
  await writeFile(join(folder, 'cache/kafka-4.1.1/broken.jar'), '')
  await fetchWith(copying(BYTES))
  expect(await readdir(join(folder, 'cache'))).toEqual(['kafka-4.1.1'])
  expect(await readdir(join(folder, 'cache/kafka-4.1.1'))).toEqual(['kafka_2.13-4.1.1.jar'])
})

test.each([
  [
    'no Maven',
    undefined,
    "Kafka's jars are not in the cache and there is no mvn command to fetch them",
    'install Maven',
  ],
  [
    'other bytes',
    copying('another jar'),
    `Maven fetched jars that are not the pinned ones: kafka_2.13-4.1.1.jar has SHA-256 ${OTHER}, expected ${PINNED}`,
    'clear the local Maven repository and try again, or look at who answers as the repository',
  ],
  [
    'a failing Maven',
    "console.log('[ERROR] Could not transfer artifact: no route\\n[ERROR] To see the full stack trace'); process.exit(1)",
    "fetching Kafka's jars with Maven failed: Could not transfer artifact: no route",
    "try 'mvn -f /the/repo/brokers/kafka/pom.xml dependency:copy-dependencies'",
  ],
])('%s is one line with advice, and leaves nothing half done', async (_, maven, message, advice) => {
  await expect(fetchWith(maven)).rejects.toMatchObject({ name: 'LaunchError', message, advice })
  expect(await readdir(join(folder, 'cache')).catch(() => [])).toEqual([])
})
