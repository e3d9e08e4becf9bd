import { parseArgs } from 'node:util'
import { nearNames } from '../near-names.ts'
import { UserError } from '../user-error.ts'
import { commands, generalOptions, type CommandName, type CommandSpec, type OptionSpec } from './commands.ts'
import { helpOf, overview } from './help.ts'

/** Options by name: a string, true, or all strings of a repeatable one. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>

/** What a command line asks for. */
export type Parsed =
  | {
      readonly kind: 'command'
      readonly name: CommandName
      readonly options: OptionValues
      readonly positionals: readonly string[]
    }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }

/**
 * Reads a command line. Everything that is wrong with the options of a command is said at once.
 *
 * @throws UserError one line for all mistakes
 */
export function parseCommandLine(args: readonly string[]): Parsed {
  const [first, second] = args
  // `help record` is `record --help`.
  if (first === 'help' && second !== undefined) return parseCommandLine([...args.slice(1), '--help'])
  if (first === undefined || first === '--help' || first === '-h' || first === 'help')
    return { kind: 'help', text: overview() }
  if (first === '--version' || first === '-V') return { kind: 'version' }
  const name = findCommand(first, second)
  if (name === undefined) {
    if (isGroup(first) && (second === '--help' || second === '-h')) return { kind: 'help', text: overview() }
    throw unknownCommand(first, second)
  }
  const command: CommandSpec = commands[name]
  const spec: CommandSpec = { ...command, options: { ...command.options, ...generalOptions } }
  const rest = args.slice(name.includes(' ') ? 2 : 1)
  if (rest.includes('--help') || rest.includes('-h')) return { kind: 'help', text: helpOf(command) }
  const { values, positionals, tokens } = parseArgs({
    args: [...rest],
    options: Object.fromEntries(
      Object.entries<OptionSpec>(spec.options).map(([option, { type, multiple }]) => [
        option,
        { type, multiple: multiple ?? false },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const problems: string[] = []
  const given = new Set<string>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const again = given.has(token.name)
    given.add(token.name)
    const option: OptionSpec | undefined = Object.hasOwn(spec.options, token.name)
      ? spec.options[token.name]
      : undefined
    if (option === undefined)
      problems.push(`unknown option ${token.rawName}${meant(token.name, Object.keys(spec.options), '--')}`)
    else if (option.type === 'string' && token.value === undefined)
      problems.push(`${token.rawName} wants a value (${option.value ?? ''})`)
    else if (option.type === 'boolean' && token.value !== undefined) problems.push(`${token.rawName} takes no value`)
    else if (option.choices !== undefined && token.value !== undefined && !option.choices.includes(token.value)) {
      problems.push(`${token.rawName} ${JSON.stringify(token.value)} is none of ${option.choices.join(', ')}`)
    } else if (again && option.type === 'string' && option.multiple !== true) {
      problems.push(`${token.rawName} is given more than once`)
    }
  }
  problems.push(...positionalProblems(spec, positionals))
  if (problems.length > 0) throw new UserError(`${name}: ${problems.join('; ')}; see pnpm lab ${name} --help`)
  return { kind: 'command', name, options: values, positionals }
}

function findCommand(first: string, second: string | undefined): CommandName | undefined {
  const pair = `${first} ${second ?? ''}`
  if (Object.hasOwn(commands, pair)) return pair as CommandName
  return Object.hasOwn(commands, first) ? (first as CommandName) : undefined
}

function isGroup(first: string): boolean {
  return Object.keys(commands).some((name) => name.startsWith(`${first} `))
}

function unknownCommand(first: string, second: string | undefined): UserError {
  const group = Object.keys(commands).filter((name) => name.startsWith(`${first} `))
  if (group.length === 0) {
    const near =
      meant(second === undefined ? first : `${first} ${second}`, Object.keys(commands)) ||
      meant(first, groupsAndCommands())
    return new UserError(`unknown command ${JSON.stringify(first)}${near}; see pnpm lab --help`)
  }
  const asked =
    second === undefined
      ? `${first} wants one of`
      : `unknown command ${JSON.stringify(`${first} ${second}`)}${meant(
          second,
          group.map((name) => name.slice(first.length + 1)),
          `${first} `,
        )}, there are`
  return new UserError(`${asked} ${group.map((name) => name.slice(first.length + 1)).join(', ')}; see pnpm lab --help`)
}

function groupsAndCommands(): string[] {
  return [...new Set(Object.keys(commands).map((name) => name.split(' ')[0] ?? name))]
}

/** `, did you mean X?` where a mistyped name is near one that there is. */
function meant(mistyped: string, names: readonly string[], before = ''): string {
  const [near] = nearNames(mistyped, names)
  return near === undefined || near === mistyped ? '' : `, did you mean ${before}${near}?`
}

function positionalProblems({ positionals: wanted = [] }: CommandSpec, given: readonly string[]): string[] {
  const required = wanted.filter((name) => !name.startsWith('[')).length
  const many = wanted.some((name) => name.endsWith('…'))
  if (given.length < required) return [`${wanted.slice(given.length, required).join(' and ')} missing`]
  if (!many && given.length > wanted.length) return [`unexpected argument ${JSON.stringify(given[wanted.length])}`]
  const choices = wanted[0]?.startsWith('[') === true ? wanted[0].slice(1, -1).split('|') : undefined
  const [first] = given
  return choices !== undefined && first !== undefined && !choices.includes(first)
    ? [`${JSON.stringify(first)} is none of ${choices.join(', ')}`]
    : []
}
