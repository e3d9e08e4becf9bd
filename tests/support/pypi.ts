import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from './cache.ts'

/**
 * A Python that has these packages of PyPI, such as `pika==1.4.4`: made once for each list.
 *
 * @returns its path, or undefined where they are not available: the reason is printed
 */
export function pythonWith(...packages: readonly [string, ...string[]]): string | undefined {
  const list = packages.join(' ')
  const folder = join(cache, `python-${createHash('sha256').update(list).digest('hex').slice(0, 12)}`)
  const ready = join(folder, 'ready')
  const python = join(folder, 'bin', 'python')
  if (existsSync(ready)) return python
  try {
    mkdirSync(cache, { recursive: true })
    execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' })
    execFileSync(python, ['-m', 'pip', 'install', '-q', ...packages], { stdio: 'ignore', timeout: 120_000 })
    writeFileSync(ready, list)
    return python
  } catch {
    console.log(`skipped: python3 cannot install ${list} from PyPI`)
    return undefined
  }
}
