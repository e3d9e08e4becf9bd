import { commands, generalOptions, type CommandSpec, type OptionSpec } from './commands.ts'

/** All commands, a line each. */
export function overview(): string {
  const specs: readonly CommandSpec[] = Object.values(commands)
  const width = Math.max(...specs.map(({ name }) => name.length))
  return [
    'usage: pnpm lab COMMAND [OPTIONS]',
    '',
    ...specs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'pnpm lab COMMAND --help tells the options of a command, pnpm lab --version the version.',
  ].join('\n')
}

/** One command with its options. */
export function helpOf({ name, summary, options, positionals = [] }: CommandSpec): string {
  const own = rowsOf(options)
  const general = rowsOf(generalOptions)
  const width = Math.max(0, ...[...own, ...general].map(([left]) => left.length))
  const lines = (rows: readonly Row[]): string[] => rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`)
  return [
    `usage: ${['pnpm lab', name, ...positionals, '[OPTIONS]'].join(' ')}`,
    '',
    `  ${summary}`,
    '',
    ...lines(own),
    ...(own.length === 0 ? [] : ['']),
    ...lines(general),
  ].join('\n')
}

type Row = readonly [option: string, help: string]

function rowsOf(options: Readonly<Record<string, OptionSpec>>): Row[] {
  return Object.entries(options).map(([option, { value, help }]) => [
    `--${option}${value === undefined ? '' : ` ${value}`}`,
    help,
  ])
}
