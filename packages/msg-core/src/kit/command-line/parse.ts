import { parseArgs } from 'node:util'
import { groupOverview, helpOf, overview } from './help.ts'
import { nearNames } from './near-names.ts'
import type { CommandSpec, OptionSpec, ProgramSpec } from './spec.ts'

/** Options by name: a string, true, or all strings of a repeatable one. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** What a command line asks for, or everything that is wrong with it, in one line. */
export type CommandLine<Name extends string = string> =
  | {
      readonly kind: 'command'
      readonly name: Name
      readonly options: OptionValues
      readonly positionals: readonly string[]
      /** The words behind `--` of a command that takes them. */
      readonly behind: readonly string[]
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly problem: string }

/**
 * Reads a command line. Everything that is wrong with the options of a command is said at once, and what a mistyped word may mean.
 *
 * @param columns of the terminal that the help is for; it is not wrapped where they are left out
 */
export function parseCommandLine<Name extends string>(
  program: ProgramSpec<Name>,
  args: readonly string[],
  columns?: number,
): CommandLine<Name> {
  const { commands, general = {}, call } = program
  const [first, second] = args
  const all = (): CommandLine<Name> => ({ kind: 'help', text: overview(program, columns) })
  // `help record` is `record --help`.
  if (first === 'help' && second !== undefined) return parseCommandLine(program, [...args.slice(1), '--help'], columns)
  if (first === undefined || isHelp(first) || first === 'help') return all()
  if (first === '--version' || first === '-V') return { kind: 'version' }
  const name = findCommand(commands, first, second)
  if (name === undefined) {
    const group = groupOf(commands, first).length > 0
    if (group && second !== undefined && isHelp(second)) {
      return { kind: 'help', text: groupOverview(program, first, columns) }
    }
    return { kind: 'wrong', problem: unknownCommand(program, first, second) }
  }
  const command = commands[name]
  const options: CommandSpec['options'] = { ...command.options, ...general }
  const words = args.slice(name.includes(' ') ? 2 : 1)
  const split = command.behind === undefined ? -1 : words.indexOf('--')
  const own = split < 0 ? words : words.slice(0, split)
  if (own.some(isHelp)) return { kind: 'help', text: helpOf(program, command, columns) }
  const { values, positionals, tokens } = parseArgs({
    args: own,
    options: Object.fromEntries(
      Object.entries(options).map(([option, { type, multiple }]) => [option, { type, multiple: multiple ?? false }]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = tokens.filter((token) => token.kind === 'option')
  const isKnown = ({ name: option }: { readonly name: string }): boolean => Object.hasOwn(options, option)
  const problems = [
    ...given.flatMap((token, at) => {
      const again = given.findIndex(({ name: other }) => other === token.name) < at
      const spec = Object.hasOwn(options, token.name) ? options[token.name] : undefined
      const unknown = `unknown option ${token.rawName}${meant(token.name, Object.keys(options), '--')}`
      return spec === undefined ? [unknown] : optionProblems(spec, token, again)
    }),
    // What stands behind an option that nobody knows may be its value.
    ...(given.every(isKnown) ? positionalProblems(call, command, positionals) : []),
  ]
  if (problems.length > 0) {
    return { kind: 'wrong', problem: `${name}: ${problems.join('; ')}; see ${call} ${name} --help` }
  }
  return { kind: 'command', name, options: values, positionals, behind: split < 0 ? [] : words.slice(split + 1) }
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h'
}

interface OptionToken {
  readonly rawName: string
  readonly value: string | undefined
}

function optionProblems(
  { type, value: called = '', choices, multiple }: OptionSpec,
  { rawName, value }: OptionToken,
  again: boolean,
): string[] {
  if (type === 'string' && value === undefined) return [`${rawName} wants a value (${called})`]
  if (type === 'boolean' && value !== undefined) return [`${rawName} takes no value`]
  if (choices !== undefined && value !== undefined && !choices.includes(value)) {
    return [`${rawName} ${JSON.stringify(value)} must be one of ${choices.join(', ')}${meant(value, choices)}`]
  }
  return again && type === 'string' && multiple !== true ? [`${rawName} is given more than once`] : []
}

function findCommand<Name extends string>(
  commands: Readonly<Record<Name, CommandSpec>>,
  first: string,
  second: string | undefined,
): Name | undefined {
  const pair = `${first} ${second ?? ''}`
  if (Object.hasOwn(commands, pair)) return pair as Name
  return Object.hasOwn(commands, first) ? (first as Name) : undefined
}

/** The second words of the commands that begin with this one. */
function groupOf(commands: Readonly<Record<string, CommandSpec>>, first: string): string[] {
  return Object.keys(commands)
    .filter((name) => name.startsWith(`${first} `))
    .map((name) => name.slice(first.length + 1))
}

function unknownCommand({ commands, call }: ProgramSpec, first: string, second: string | undefined): string {
  const group = groupOf(commands, first)
  const names = Object.keys(commands)
  if (group.length === 0) {
    const near =
      meant(second === undefined ? first : `${first} ${second}`, names) ||
      meant(first, [...new Set(names.map((name) => name.split(' ')[0] ?? name))])
    return `unknown command ${JSON.stringify(first)}${near}; see ${call} --help`
  }
  const asked =
    second === undefined
      ? `${first} wants one of`
      : `unknown command ${JSON.stringify(`${first} ${second}`)}${meant(second, group, `${first} `) || ','} there are`
  return `${asked} ${group.join(', ')}; see ${call} ${first} --help`
}

/** `, did you mean X?` where a mistyped name is near one that there is. */
function meant(mistyped: string, names: readonly string[], before = ''): string {
  const [near] = nearNames(mistyped, names)
  return near === undefined || near === mistyped ? '' : `, did you mean ${before}${near}?`
}

function positionalProblems(
  call: string,
  { name, options, positionals: wanted = [], behind }: CommandSpec,
  given: readonly string[],
): string[] {
  const required = wanted.filter((name) => !name.startsWith('[')).length
  const many = wanted.some((name) => name.endsWith('…'))
  if (given.length < required) {
    const missing = wanted.slice(given.length, required)
    const again = given.length > 0 && missing[0] === wanted[given.length - 1]
    return [`${again ? 'another ' : ''}${missing.join(' and ')} missing`]
  }
  if (!many && given.length > wanted.length) {
    const extra = given.slice(wanted.length)
    const [option] = Object.entries(options).find(([, { bare }]) => bare === true) ?? []
    return behind === undefined
      ? [
          `unexpected argument ${JSON.stringify(extra[0])}${option === undefined ? '' : `, did you mean --${option} ${extra[0]}?`}`,
        ]
      : [`put the command behind --: ${[call, name, ...given.slice(0, wanted.length), '--', ...extra].join(' ')}`]
  }
  const choices = wanted[0]?.startsWith('[') === true ? wanted[0].slice(1, -1).split('|') : undefined
  const [first] = given
  return choices !== undefined && first !== undefined && !choices.includes(first)
    ? [`${JSON.stringify(first)} must be one of ${choices.join(', ')}${meant(first, choices)}`]
    : []
}
