import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cache } from './cache.ts'

/**
 * Fetches the dependencies that a `pom.xml` names, once for each content of it.
 *
 * @returns the class path, or undefined where they are not available: the reason is printed
 */
export function classPathOf(pom: string): string | undefined {
  const content = createHash('sha256').update(readFileSync(pom)).digest('hex').slice(0, 12)
  const name = basename(dirname(pom))
  const folder = join(cache, `maven-${name}-${content}`)
  const ready = join(folder, 'ready')
  const classPath = join(folder, 'lib', '*')
  try {
    // Programs are compiled as they start.
    execFileSync('javac', ['-version'], { stdio: 'ignore' })
    if (existsSync(ready)) return classPath
    mkdirSync(folder, { recursive: true })
    cpSync(pom, join(folder, 'pom.xml'))
    const copy = ['-q', '-B', 'dependency:copy-dependencies', '-DoutputDirectory=lib']
    execFileSync('mvn', copy, { cwd: folder, stdio: 'ignore', timeout: 120_000 })
    writeFileSync(ready, '')
    return classPath
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error)
    console.log(
      `skipped: the dependencies of ${name} are not available (${reason}); they take Maven, a JDK and a repository`,
    )
    return undefined
  }
}

/** Arguments of `java` for a program of one source file. */
export function sourceProgram(classPath: string, source: string, ...args: readonly string[]): string[] {
  return ['-XX:TieredStopAtLevel=1', '-Xshare:auto', '-cp', classPath, source, ...args]
}
