import type { ChildProcessByStdio } from 'node:child_process'
import { spawn } from 'node:child_process'
import type { Interface } from 'node:readline'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { mayNestTooDeep } from './ts-risk.ts'
import type { TsParse } from './ts-source.ts'
import { parseTypeScript } from './ts-source.ts'

/** Sources that may end the parsing process before the rest of the long ones are refused unread. */
const CRASHES_MAX = 16

/** Parses TypeScript whatever it holds. Long sources go through a process of their own, started on first use. */
export interface TsParser extends AsyncDisposable {
  parse(path: string, text: string): TsParse | Promise<TsParse>
}

interface Child {
  process: ChildProcessByStdio<Writable, Readable, null>
  lines: Interface
  /** Settles the request under way; undefined text means the process ended. */
  answer: ((line: string | undefined) => void) | undefined
  ended: Promise<void>
  dead: boolean
}

/** Opens a parser; disposing ends its process, if it has one. */
export function openTsParser(): TsParser {
  let child: Child | undefined
  let crashes = 0
  let turn: Promise<unknown> = Promise.resolve()

  const parseApart = async (path: string, text: string): Promise<TsParse> => {
    if (crashes >= CRASHES_MAX) return fault(`not read: ${CRASHES_MAX} other sources have already ended the parser`)
    child ??= start()
    const line = await ask(child, path, text)
    if (line !== undefined) return JSON.parse(line)
    crashes++
    await child.ended
    child = undefined
    return fault('the source nests deeper than the parser can follow')
  }

  return {
    parse(path, text) {
      if (!mayNestTooDeep(text)) return parseTypeScript(path, text)
      const outcome = turn.then(() => parseApart(path, text))
      turn = outcome.catch(() => undefined)
      return outcome
    },
    async [Symbol.asyncDispose]() {
      await turn
      if (child === undefined) return
      child.process.stdin.end()
      await child.ended
      child = undefined
    },
  }
}

function fault(reason: string): TsParse {
  return { fault: { reason, line: 1, col: 1 } }
}

function start(): Child {
  const spawned = spawn(process.execPath, [childEntry()], { stdio: ['pipe', 'pipe', 'ignore'] })
  const child: Child = {
    process: spawned,
    lines: createInterface({ input: spawned.stdout, crlfDelay: Number.POSITIVE_INFINITY }),
    answer: undefined,
    dead: false,
    ended: new Promise((resolve) => {
      spawned.once('close', () => resolve())
      spawned.once('error', () => resolve())
    }),
  }
  const settle = (line: string | undefined): void => {
    const { answer } = child
    child.answer = undefined
    answer?.(line)
  }
  child.lines.on('line', settle)
  // A write to a process that has just ended fails; its end is what tells.
  spawned.stdin.on('error', () => undefined)
  void settleAtEnd(child, settle)
  return child
}

async function settleAtEnd(child: Child, settle: (line: undefined) => void): Promise<void> {
  await child.ended
  child.dead = true
  settle(undefined)
}

/** The build turns `.ts` into `.js`; the name of this file tells which of the two runs. */
function childEntry(): string {
  const entry = fileURLToPath(new URL('./ts-child.ts', import.meta.url))
  return import.meta.url.endsWith('.ts') ? entry : entry.replace(/\.ts$/, '.js')
}

/** The child's line for one source; undefined when it ended instead. One request at a time. */
function ask(child: Child, path: string, text: string): Promise<string | undefined> {
  if (child.dead) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    child.answer = resolve
    child.process.stdin.write(`${JSON.stringify({ path, text })}\n`)
  })
}
