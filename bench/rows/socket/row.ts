import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { programRoot } from 'lab/src/root.ts'
import { alternate } from '../../measure/alternate.ts'
import { hasPeakMemory, watchPeakMemory } from '../../measure/peak-memory.ts'
import type { BenchContext, Measured, Row, Unavailable } from '../../row.ts'

/** Unmodified programs, what they are measured with, and what recording and replaying must come to beside them alone. */
const programs = [
  { name: 'amqplib', file: 'amqp-program.ts', port: 5_672, messages: 20_000, replayAtLeast: 3 },
  { name: 'kafkajs', file: 'kafka-program.ts', port: 9_092, messages: 100_000, replayAtLeast: 2 },
] as const
type Program = (typeof programs)[number]

const few = 10_000
const many = 1_000_000
/** What a replay of a hundred times as many messages may take more beside the program, whose own memory grows too. */
const moreMiB = 60

const vcr = join(programRoot, 'scripts', 'start', 'vcr.cjs')

export const socketRow: Row = {
  name: 'socket',
  about: 'programs on plain amqplib and kafkajs, recorded and replayed at the socket, beside the same alone',
  async run(context) {
    const lines: (Measured | Unavailable)[] = []
    for (const program of programs) lines.push(...(await ratesOf(program, context)))
    lines.push(await memoryOf(programs[1], context))
    return lines
  },
}

async function ratesOf(program: Program, { scratch, progress }: BenchContext): Promise<(Measured | Unavailable)[]> {
  const { name, messages, port, replayAtLeast } = program
  const names = {
    record: `socket: ${messages} messages recorded, ${name} alone`,
    replay: `socket: ${messages} messages replayed, ${name} live`,
  }
  if (!(await isReachable(port))) {
    const unavailable = `there is no broker on 127.0.0.1:${port}`
    return Object.values(names).map((line) => ({ name: line, unavailable }))
  }
  const root = mkdtempSync(join(scratch, 'socket-'))
  let runs = 0
  const nextRun = (): string => `bench-${process.pid}-${name}-${runs++}`
  const alone = (): Promise<number> => rate(program, nextRun(), root)
  const recorded = async (): Promise<number> => {
    const id = nextRun()
    const seen = await rate(program, id, root, ['record', '--cassette', id])
    rmSync(join(root, '.x07_rr', `${id}.rrbin`))
    return seen
  }
  progress(`measuring: recording of ${name}`)
  const record = await alternate(recorded, alone, { warmUps: 1, rounds: 5 })
  const cassette = nextRun()
  await rate(program, cassette, root, ['record', '--cassette', cassette])
  const replayed = (): Promise<number> => rate(program, cassette, root, ['replay', '--cassette', cassette])
  progress(`measuring: replay of ${name}`)
  const replay = await alternate(replayed, alone, { warmUps: 1, rounds: 5 })
  return [
    { name: names.record, unit: 'messages/s', ...record, wanted: { ratioAtLeast: 0.95 } },
    { name: names.replay, unit: 'messages/s', ...replay, wanted: { ratioAtLeast: replayAtLeast } },
  ]
}

async function memoryOf(program: Program, { scratch, progress }: BenchContext): Promise<Measured | Unavailable> {
  const name = `socket: memory of replaying ${many} messages of ${program.name} beyond the program's own, of ${few}`
  if (!hasPeakMemory) return { name, unavailable: 'this system has no /proc to read peaks from' }
  if (!(await isReachable(program.port))) {
    return { name, unavailable: `there is no broker on 127.0.0.1:${program.port}` }
  }
  const peak = async (messages: number): Promise<number> => {
    const root = mkdtempSync(join(scratch, 'socket-'))
    const id = `bench-${process.pid}-memory-${messages}`
    const sized = { ...program, messages }
    progress(`memory: recording ${messages} messages`)
    await rate(sized, id, root, ['record', '--cassette', id])
    progress(`memory: replaying ${messages} messages`)
    const replayed = await peakOf(command(sized, id, ['replay', '--cassette', id]), root)
    const alone = await peakOf(command(sized, `${id}-alone`, []), root)
    rmSync(root, { recursive: true, force: true })
    return replayed - alone
  }
  const other = await peak(few)
  return { name, unit: 'MiB', ours: await peak(many), other, wanted: { differenceAtMost: moreMiB } }
}

/**
 * Messages a second of the program by itself, or through `vcr`, by this process's clock: from the line that says it starts to
 * the one that says it has come to its end. In a replay the program's own clock is virtual. Start and end of its process are
 * not in it.
 */
function rate(
  program: Pick<Program, 'file'> & { readonly messages: number },
  id: string,
  root: string,
  through: readonly string[] = [],
): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, command(program, id, through), {
      cwd: root,
      env: { ...process.env, CI: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const at = new Map<string, number>()
    createInterface({ input: child.stdout }).on('line', (line) => at.set(line, performance.now()))
    child.on('error', fail)
    child.on('close', (code) => {
      const seconds = ((at.get('end') ?? NaN) - (at.get('start') ?? NaN)) / 1_000
      if (code === 0 && seconds > 0) done(program.messages / seconds)
      else fail(new Error(`${program.file}: exit code ${code}, printed ${JSON.stringify([...at.keys()].slice(0, 5))}`))
    })
  })
}

function command(
  { file, messages }: Pick<Program, 'file'> & { readonly messages: number },
  id: string,
  through: readonly string[],
): string[] {
  const own = [join(import.meta.dirname, file), id, String(messages)]
  return through.length === 0 ? own : [vcr, ...through, '--', process.execPath, ...own]
}

function peakOf(args: readonly string[], cwd: string): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(process.execPath, args, { cwd, stdio: ['ignore', 'ignore', 'inherit'] })
    const watch = watchPeakMemory(child.pid ?? 0)
    child.on('error', fail)
    child.on('close', (code) => {
      const peak = watch.end()
      if (code === 0) done(peak)
      else fail(new Error(`replay: exit code ${code}`))
    })
  })
}

function isReachable(port: number): Promise<boolean> {
  return new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      done(true)
    })
    socket.on('error', () => done(false))
  })
}
