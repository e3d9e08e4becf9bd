import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, join } from 'node:path'

/** Full path of a command: the first executable file of this name in `PATH`, then in `more`; undefined if there is none. */
export async function findCommand(
  name: string,
  env: Readonly<Record<string, string | undefined>>,
  more: readonly string[] = [],
): Promise<string | undefined> {
  const folders = [...(env['PATH'] ?? '').split(delimiter), ...more].filter((folder) => folder !== '')
  for (const folder of folders) {
    const candidate = join(folder, name)
    if (await isExecutable(candidate)) return candidate
  }
  return undefined
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
