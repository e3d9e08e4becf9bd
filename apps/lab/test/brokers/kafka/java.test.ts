import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

import { systemClock } from '../../../src/brokers/clock.ts'
import { findJava, javaMajor } from '../../../src/brokers/kafka/java.ts'
import { installPrograms } from '../support/fake-programs.ts'

// These start processes, which take long on a machine that is busy with other tests.
vi.setConfig({ testTimeout: 60_000 })

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-java-'))
})
afterEach(() => rm(folder, { recursive: true }))

const telling = (version: string): string => `console.error('openjdk version "${version}"')`
const find = (env: Record<string, string>) => findJava({ env, repo: '/', clock: systemClock, searchFolders: [] })

test.each([
  ['openjdk version "17.0.15" 2025-04-15', 17],
  ['java version "1.8.0_392"', 8],
  ['openjdk version "25-ea" 2025-09-16', 25],
  ['Picked up JAVA_TOOL_OPTIONS: -Xmx1g\nopenjdk version "21" 2023-09-19', 21],
  ['command not found', undefined],
])('%j is Java %s', (text, major) => {
  expect(javaMajor(text)).toBe(major)
})

test('JAVA_HOME comes before PATH', async () => {
  const path = await installPrograms(join(folder, 'path'), { java: telling('11.0.2') })
  await installPrograms(join(folder, 'home'), { java: telling('21.0.1') })
  const home = join(folder, 'home')
  expect(await find({ PATH: path, JAVA_HOME: home })).toEqual({ java: join(home, 'bin/java') })
  expect(await find({ PATH: path })).toBe(`${join(path, 'java')} is Java 11, and Kafka needs 17 or later`)
  expect(await find({ PATH: path, JAVA_HOME: folder })).toBe(
    `${join(path, 'java')} is Java 11, and Kafka needs 17 or later`,
  )
})

test('a java that fails is not taken', async () => {
  const path = await installPrograms(folder, { java: `${telling('17.0.1')}; process.exit(1)` })
  expect(await find({ PATH: path })).toBe(`${join(path, 'java')} does not tell its version`)
  expect(await find({ PATH: '' })).toBe('there is no java command')
})
