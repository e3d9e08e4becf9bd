import { join } from 'node:path'

import { findCommand } from '../process/find-command.ts'
import { runCommand } from '../process/run-command.ts'
import type { BrokerDeps } from '../types.ts'

/** Kafka 4's broker is compiled for Java 17. */
export const MIN_JAVA_MAJOR = 17

const VERSION_TIMEOUT_MS = 20_000

/** A `java` of at least Java 17 by full path (`JAVA_HOME` first), or in words why there is none. */
export async function findJava(deps: BrokerDeps): Promise<{ readonly java: string } | string> {
  const home = deps.env['JAVA_HOME']
  const atHome = home === undefined || home === '' ? undefined : await findCommand('java', {}, [join(home, 'bin')])
  const java = atHome ?? (await findCommand('java', deps.env))
  if (java === undefined) return 'there is no java command'
  const result = await runCommand(java, ['-version'], {
    env: deps.env,
    timeoutMs: VERSION_TIMEOUT_MS,
    signal: deps.signal,
  })
  const major = result.outcome === 'exited' && result.code === 0 ? javaMajor(result.stderr + result.stdout) : undefined
  if (major === undefined) return `${java} does not tell its version`
  if (major < MIN_JAVA_MAJOR) return `${java} is Java ${major}, and Kafka needs ${MIN_JAVA_MAJOR} or later`
  return { java }
}

/** `openjdk version "17.0.15" …` is 17, `java version "1.8.0_392"` is 8, `"25-ea"` is 25. */
export function javaMajor(text: string): number | undefined {
  const match = /version "(?:1\.)?(\d+)/.exec(text)
  return match?.[1] === undefined ? undefined : Number(match[1])
}
