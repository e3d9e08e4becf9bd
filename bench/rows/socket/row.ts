import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { programRoot } from 'lab/src/root.ts'
import { alternate } from '../../measure/alternate.ts'
import { hasPeakMemory, watchPeakMemory } from '../../measure/peak-memory.ts'
import type { BenchContext, Measured, Row, Unavailable } from '../../row.ts'
import { output } from '../../work/output.ts'

/** Unmodified programs, what they are measured with, and what recording and replaying must come to beside them alone. */
const programs = [
  { name: 'amqplib', file: 'amqp-program.ts', port: 5_672, messages: 20_000, replayAtLeast: 3 },
  { name: 'kafkajs', file: 'kafka-program.ts', port: 9_092, messages: 100_000, replayAtLeast: 2 },
] as const
type Program = (typeof programs)[number]

const few = 10_000
const many = 1_000_000
/** What a hundred times as many messages may take more. */
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
  const alone = async (): Promise<number> => rate(await run(program, nextRun(), root))
  const recorded = async (): Promise<number> => {
    const id = nextRun()
    const seen = rate(await run(program, id, root, ['record', '--cassette', id]))
    rmSync(join(root, '.x07_rr', `${id}.rrbin`))
    return seen
  }
  progress(`measuring: recording of ${name}`)
  const record = await alternate(recorded, alone, { warmUps: 1, rounds: 5 })
  const cassette = nextRun()
  await run(program, cassette, root, ['record', '--cassette', cassette])
  const replayed = async (): Promise<number> =>
    rate(await run(program, cassette, root, ['replay', '--cassette', cassette]))
  progress(`measuring: replay of ${name}`)
  const replay = await alternate(replayed, alone, { warmUps: 1, rounds: 5 })
  return [
    { name: names.record, unit: 'messages/s', ...record, wanted: { ratioAtLeast: 0.95 } },
    { name: names.replay, unit: 'messages/s', ...replay, wanted: { ratioAtLeast: replayAtLeast } },
  ]
}

async function memoryOf(program: Program, { scratch, progress }: BenchContext): Promise<Measured | Unavailable> {
  const name = `socket: memory of replaying ${many} messages of ${program.name}, of ${few}`
  if (!hasPeakMemory) return { name, unavailable: 'this system has no /proc to read peaks from' }
  if (!(await isReachable(program.port))) {
    return { name, unavailable: `there is no broker on 127.0.0.1:${program.port}` }
  }
  const peak = async (messages: number): Promise<number> => {
    const root = mkdtempSync(join(scratch, 'socket-'))
    const id = `bench-${process.pid}-memory-${messages}`
    const sized = { ...program, messages }
    progress(`memory: recording ${messages} messages`)
    await run(sized, id, root, ['record', '--cassette', id])
    progress(`memory: replaying ${messages} messages`)
    const seen = await peakOf(command(sized, id, ['replay', '--cassette', id]), root)
    rmSync(root, { recursive: true, force: true })
    return seen
  }
  const other = await peak(few)
  return { name, unit: 'MiB', ours: await peak(many), other, wanted: { differenceAtMost: moreMiB } }
}

/** The program by itself, or through `vcr`; what it prints. */
function run(
  program: Pick<Program, 'file'> & { readonly messages: number },
  id: string,
  root: string,
  through: readonly string[] = [],
): Promise<string> {
  return output(process.execPath, command(program, id, through), { cwd: root, env: { ...process.env, CI: '' } })
}

function command(
  { file, messages }: Pick<Program, 'file'> & { readonly messages: number },
  id: string,
  through: readonly string[],
): string[] {
  const own = [join(import.meta.dirname, file), id, String(messages)]
  return through.length === 0 ? own : [vcr, ...through, '--', process.execPath, ...own]
}

/** What a program measured of itself: start and end of its process are not in it. */
function rate(printed: string): number {
  const seen = Number(printed)
  if (!(seen > 0)) throw new Error(`read a rate: the program printed ${JSON.stringify(printed.slice(0, 200))}`)
  return seen
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
