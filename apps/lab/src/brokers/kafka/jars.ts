import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'

import { errorCode } from '../error-code.ts'
import { LaunchError } from '../launcher.ts'
import { findCommand } from '../process/find-command.ts'
import { lastLine, runCommand } from '../process/run-command.ts'
import type { BrokerDeps } from '../types.ts'

/** 43 MB through a slow line. */
const DOWNLOAD_TIMEOUT_MS = 600_000

/** One line of `brokers/kafka/jars.sha256`, the form of sha256sum(1): 64 hex digits, two spaces, a file name. */
export type PinnedJar = { readonly sha256: string; readonly name: string }

/** Reads the committed list. @throws Error on a line of another form: the list decides what code is run */
export function parseJarList(text: string): readonly PinnedJar[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line, index) => {
      const match = /^([0-9a-f]{64}) {2}([\w.-]+\.jar)$/.exec(line)
      if (match?.[1] === undefined || match[2] === undefined) {
        throw new Error(`read the list of Kafka's jars: line ${index + 1} is not 'SHA-256, two spaces, NAME.jar'`)
      }
      return { sha256: match[1], name: match[2] }
    })
}

/** Version of Kafka that a list pins, from its broker's jar. */
export function kafkaVersion(jars: readonly PinnedJar[]): string {
  const version = jars.map((jar) => /^kafka_2\.13-(.+)\.jar$/.exec(jar.name)?.[1]).find((found) => found !== undefined)
  if (version === undefined) throw new Error("read the list of Kafka's jars: kafka_2.13-VERSION.jar is not among them")
  return version
}

/** What is wrong with the jars in a folder, in words, or undefined when every pinned jar is there, byte for byte. */
export async function checkJars(folder: string, jars: readonly PinnedJar[]): Promise<string | undefined> {
  for (const jar of jars) {
    let bytes: Uint8Array
    try {
      bytes = await readFile(join(folder, jar.name))
    } catch {
      return `${jar.name} is missing`
    }
    const seen = createHash('sha256').update(bytes).digest('hex')
    if (seen !== jar.sha256) return `${jar.name} has SHA-256 ${seen}, expected ${jar.sha256}`
  }
  return undefined
}

/**
 * Fetches the jars once with Maven, checks them, and puts them at `folder` in one step.
 * @throws LaunchError when Maven is missing or fails, or a jar is not the pinned one
 */
export async function fetchJars(folder: string, jars: readonly PinnedJar[], deps: BrokerDeps): Promise<void> {
  const maven = await findCommand('mvn', deps.env)
  if (maven === undefined) {
    throw new LaunchError(
      "Kafka's jars are not in the cache and there is no mvn command to fetch them",
      'install Maven',
    )
  }
  deps.progress?.(`fetching Apache Kafka ${kafkaVersion(jars)} with Maven, 43 MB, once`)
  await mkdir(dirname(folder), { recursive: true })
  const incoming = await mkdtemp(join(dirname(folder), `${basename(folder)}.incoming-`))
  try {
    await runMaven(maven, incoming, deps)
    const wrong = await checkJars(incoming, jars)
    if (wrong !== undefined) {
      throw new LaunchError(
        `Maven fetched jars that are not the pinned ones: ${wrong}`,
        'clear the local Maven repository and try again, or look at who answers as the repository',
      )
    }
    await rm(folder, { recursive: true, force: true })
    await rename(incoming, folder)
  } catch (error) {
    await rm(incoming, { recursive: true, force: true })
    // Another process was faster: what it put there is judged like what this one would have put there.
    const code = errorCode(error)
    if ((code === 'ENOTEMPTY' || code === 'EEXIST') && (await checkJars(folder, jars)) === undefined) return
    throw error
  }
}

async function runMaven(maven: string, target: string, deps: BrokerDeps): Promise<void> {
  const pom = join(deps.repo, 'brokers/kafka/pom.xml')
  const args = [
    '-B',
    '-q',
    '-ntp',
    '-f',
    pom,
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${target}`,
  ]
  const result = await runCommand(maven, args, {
    env: deps.env,
    timeoutMs: DOWNLOAD_TIMEOUT_MS,
    cwd: target,
    signal: deps.signal,
  })
  if (result.outcome === 'exited' && result.code === 0) return
  const why =
    result.outcome === 'exited'
      ? firstError(result.stdout)
      : result.outcome === 'timeout'
        ? `no end after ${DOWNLOAD_TIMEOUT_MS / 60_000} minutes`
        : `${maven} cannot be run`
  throw new LaunchError(
    `fetching Kafka's jars with Maven failed: ${why}`,
    `try 'mvn -f ${pom} dependency:copy-dependencies'`,
  )
}

/** Maven says what went wrong in its first line of level ERROR; the others, and '-> [Help 1]', explain how to see more. */
function firstError(stdout: string): string {
  const line = stdout.split('\n').find((text) => text.includes('ERROR'))
  return line === undefined
    ? lastLine(stdout)
    : line
        .replace(/^.*?ERROR\S*\s*/, '')
        .replace(/\s*->\s*\[Help \d+\]\s*$/, '')
        .trim()
}
