import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { constants, tmpdir } from 'node:os'
import { join } from 'node:path'

import { isCi } from '@x07-lab/msg-core/kit'
import { decideRun, findCassette, nearCassettes } from '@x07-lab/msg-core/run'

import { toEnvironment } from '../process/settings.ts'
import { hasWorkers } from '../process/workers.ts'
import { claimNumber, readSlots, type SlotFile } from '../process/slot.ts'
import { lookLines } from '../report/look.ts'
import { say } from '../report/say.ts'
import { reportLines, unseenText } from '../report/text.ts'
import type { SessionReport } from '../session/session.ts'
import { finishKilled } from './finish-killed.ts'
import type { RunRequest } from './parse.ts'
import { writeReport } from './write-report.ts'

interface Ended {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

const environmentError = 3

/** Runs the program with the recorder or the player in it, waits for its end, reports, and gives the exit code. */
export async function runCommand(request: RunRequest): Promise<number> {
  const { root, cassette } = request
  let mode: 'record' | 'record_missing' | 'replay'
  try {
    const file = findCassette(root, cassette)
    // A program whose first process dials nobody has the cassettes of its workers only.
    const isThere = file.state === 'absent' && hasWorkers(root, cassette) ? 'recorded' : file.state
    const state = request.mode === 'record' ? file.state : isThere
    mode = decideRun(file.name, request.mode, state, isCi(process.env))
    // Of its workers some may have a cassette, and others none: each decides for its own.
    if (request.mode === 'record_missing' && mode === 'record') mode = 'record_missing'
    if (mode === 'replay' && isThere === 'absent') {
      const near = nearCassettes(root, cassette)
      const remedy = near ?? `record it first: vcr record -- ${request.command.join(' ')}`
      return fail(`replay ${file.name}: there is no such cassette; ${remedy}`)
    }
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error))
  }
  const runFolder = mkdtempSync(join(tmpdir(), 'vcr-'))
  try {
    const ended = await run(request, mode, runFolder)
    if (ended instanceof Error) return fail(`run ${request.command[0]}: ${whyNotStarted(ended)}`)
    const slots = readSlots(runFolder).filter((slot) => slot !== undefined)
    const reports = await Promise.all(slots.map((slot) => settle(slot, root, ended)))
    return conclude(request, mode, ended, reports)
  } finally {
    rmSync(runFolder, { recursive: true, force: true })
  }
}

function run(request: RunRequest, mode: RunRequest['mode'], runFolder: string): Promise<Ended | Error> {
  const preload = import.meta.url.endsWith('.ts')
    ? import.meta.resolve('../register.ts')
    : import.meta.resolve('../register.js')
  const [program, ...args] = request.command
  const env = {
    ...process.env,
    ...toEnvironment({ ...request, mode, runFolder, preload, slot: claimNumber(runFolder), supervised: true }),
    NODE_OPTIONS: [process.env['NODE_OPTIONS'] ?? '', `--import=${preload}`].join(' ').trim(),
  }
  const child = spawn(program, args, { stdio: 'inherit', env })
  // Ctrl-C of a terminal reaches the program too; what only this process hears is passed on.
  const isTerminal = process.stdin.isTTY
  const ignore = (): void => undefined
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal)
  process.on('SIGINT', isTerminal ? ignore : pass)
  process.on('SIGTERM', pass)
  process.on('SIGHUP', pass)
  return new Promise((resolve) => {
    child.on('error', resolve)
    child.on('exit', (code, signal) => {
      process.off('SIGINT', ignore).off('SIGINT', pass).off('SIGTERM', pass).off('SIGHUP', pass)
      resolve({ code, signal })
    })
  })
}

function whyNotStarted({ code, message }: NodeJS.ErrnoException): string {
  if (code === 'ENOENT') return 'there is no such program; give a path, or one that PATH leads to'
  if (code === 'EACCES') return 'it may not be executed; a script of Node runs as: node FILE'
  return message
}

/** The report of a process; one that was killed while it recorded has its recording completed here. */
async function settle(slot: SlotFile, root: string, { signal }: Ended): Promise<SessionReport> {
  return slot.final || slot.report.mode === 'replay' ? slot.report : finishKilled(slot, root, signal)
}

function conclude(
  request: RunRequest,
  mode: 'record' | 'record_missing' | 'replay',
  { code, signal }: Ended,
  reports: readonly SessionReport[],
): number {
  const seen = reports.filter(isWorthTelling)
  const own = code ?? 128 + (signal === null ? 0 : constants.signals[signal])
  let exit = own
  if (mode !== 'replay') {
    const wrong = seen.some(({ problem, notUnderstood }) => problem !== undefined || notUnderstood.length > 0)
    if (wrong || seen.every(({ entries }) => entries === 0)) exit = environmentError
  } else if (seen.some(({ divergenceCount }) => divergenceCount > 0)) {
    exit = 1
  } else if (seen.some(({ problem }) => problem !== undefined)) {
    exit = environmentError
  }
  for (const report of seen) say(...reportLines(report), ...lookLines(request.root, report, request.report))
  if (seen.length === 0) {
    const what = mode === 'replay' ? 'replayed nothing' : 'recorded nothing'
    const why = unseenText(reports.find((one) => one.ownServers !== undefined || one.nativeClient !== undefined) ?? {})
    say(`${what}: no connection to a broker was seen in ${request.command.join(' ')}${why}`)
    if (mode === 'replay') exit = 1
  }
  const program = { program_exit_code: code, signal }
  return writeReport(request.report, { mode, command: request.command, exit_code: exit, ...program, cassettes: seen })
}

/** A launcher that dialled nobody has nothing to tell. */
function isWorthTelling({ mode, entries, notUnderstood, problem, divergenceCount }: SessionReport): boolean {
  return mode === 'replay' || entries > 0 || notUnderstood.length > 0 || problem !== undefined || divergenceCount > 0
}

function fail(message: string): number {
  say(message)
  return environmentError
}
