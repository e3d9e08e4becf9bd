import { commands, type CommandSpec, type OptionSpec } from './commands.ts'

/** All commands, a line each. */
export function overview(): string {
  const specs: readonly CommandSpec[] = Object.values(commands)
  const width = Math.max(...specs.map(({ name }) => name.length))
  return [
    'usage: pnpm lab COMMAND [OPTIONS]',
    '',
    ...specs.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    '',
    'pnpm lab COMMAND --help tells the options of a command.',
  ].join('\n')
}

/** One command with its options. */
export function helpOf({ name, summary, options, positionals = [] }: CommandSpec): string {
  const rows = Object.entries<OptionSpec>(options).map(
    ([option, { value, help }]) => [`--${option}${value === undefined ? '' : ` ${value}`}`, help] as const,
  )
  const width = Math.max(0, ...rows.map(([left]) => left.length))
  return [
    `usage: ${['pnpm lab', name, ...positionals, '[OPTIONS]'].join(' ')}`,
    '',
    `  ${summary}`,
    '',
    ...rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}`),
  ].join('\n')
}
