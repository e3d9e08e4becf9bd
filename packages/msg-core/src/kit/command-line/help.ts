import { wrapped } from './dress.ts'
import type { CommandSpec, OptionSpec, ProgramSpec } from './spec.ts'

/** All commands, a line each; wrapped where the columns of the terminal are known. */
export function overview({ call, commands, notes = [] }: ProgramSpec, columns?: number): string {
  return [
    `usage: ${call} COMMAND [OPTIONS]`,
    '',
    ...table(
      Object.values(commands).map(({ name, summary }) => [name, summary]),
      columns,
    ),
    '',
    ...notes.flatMap((note) => wrapped(note, columns)),
    ...wrapped(`${call} COMMAND --help tells the options of a command, ${call} --version the version.`, columns),
  ].join('\n')
}

/** The commands that begin with the same word, a line each. */
export function groupOverview({ call, commands }: ProgramSpec, group: string, columns?: number): string {
  const rows = Object.values(commands)
    .filter(({ name }) => name.startsWith(`${group} `))
    .map(({ name, summary, positionals = [] }): Row => [[name, ...positionals].join(' '), summary])
  return [
    `usage: ${call} ${group} COMMAND [OPTIONS]`,
    '',
    ...table(rows, columns),
    '',
    ...wrapped(`${call} ${group} COMMAND --help tells the options of a command.`, columns),
  ].join('\n')
}

/** One command with its options. */
export function helpOf(
  { call, general = {} }: ProgramSpec,
  { name, summary, options, positionals = [], behind }: CommandSpec,
  columns?: number,
): string {
  const [own, shared] = [rowsOf(options), rowsOf(general)]
  const width = widthOf([...own, ...shared])
  const tail = behind === undefined ? [] : ['--', behind]
  return [
    `usage: ${[call, name, ...positionals, '[OPTIONS]', ...tail].join(' ')}`,
    '',
    ...wrapped(`  ${summary}`, columns, 2),
    '',
    ...table(own, columns, width),
    ...(own.length === 0 || shared.length === 0 ? [] : ['']),
    ...table(shared, columns, width),
  ].join('\n')
}

type Row = readonly [left: string, help: string]

function widthOf(rows: readonly Row[]): number {
  return Math.max(0, ...rows.map(([left]) => left.length))
}

/** Two columns; the second is wrapped below itself. */
function table(rows: readonly Row[], columns: number | undefined, width = widthOf(rows)): string[] {
  return rows.flatMap(([left, help]) => wrapped(`  ${left.padEnd(width)}  ${help}`, columns, width + 4))
}

function rowsOf(options: Readonly<Record<string, OptionSpec>>): Row[] {
  return Object.entries(options).map(([option, { value, help }]) => [
    `--${option}${value === undefined ? '' : ` ${value}`}`,
    help,
  ])
}
