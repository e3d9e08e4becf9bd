import { join, normalize, sep } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import { CASSETTE_FOLDER, partialEnding } from '@x07-lab/msg-core/format'
import { scanCassetteInTurns, secretsOf, type SecretFinding } from '@x07-lab/msg-core/redact'

// The values of the environment's secrets are what a recording must not hold, and what the sandboxed process is not shown: so
// it asks this side of the channel to look through what it recorded.

interface Asked {
  readonly scan: string
}

interface Answered {
  readonly findings: readonly SecretFinding[] | null
}

/** The sandboxed side: looks through a recording that is not complete, by its path below the root. */
export async function askForScan(partial: string): Promise<readonly SecretFinding[]> {
  const { channel } = process
  if (process.send === undefined || channel == null) throw new Error('there is nobody to ask')
  channel.ref()
  try {
    const answered = answer()
    process.send({ scan: partial } satisfies Asked)
    const { findings } = await answered
    if (findings === null) throw new Error(`${partial} could not be looked through`)
    return findings
  } finally {
    channel.unref()
  }
}

/** The channel carries other messages too. */
function answer(): Promise<Answered> {
  return new Promise((take) => {
    process.on('message', function hear(message) {
      if (!Object.hasOwn(message as object, 'findings')) return
      process.off('message', hear)
      take(message as Answered)
    })
  })
}

/** The side that started it: answers for recordings in its own folder alone. */
export function answerScans(child: ChildProcess, root: string, env: NodeJS.ProcessEnv): void {
  child.on('message', (message) => {
    const { scan } = message as Partial<Asked>
    if (scan === undefined) return
    const partial = typeof scan === 'string' ? normalize(scan) : ''
    const isOwn = partial.startsWith(`${CASSETTE_FOLDER}${sep}`) && partial.endsWith(partialEnding)
    const asked = isOwn ? found(join(root, partial), partial, env) : Promise.resolve(null)
    void asked.then((findings) => child.send({ findings } satisfies Answered, () => {}))
  })
}

/** Null where it cannot be read. */
async function found(path: string, name: string, env: NodeJS.ProcessEnv): Promise<readonly SecretFinding[] | null> {
  try {
    return await scanCassetteInTurns(path, { secrets: secretsOf(env), name })
  } catch {
    return null
  }
}
