/** One option of a command. */
export interface OptionSpec {
  readonly type: 'string' | 'boolean'
  /** How the value is called in the help. */
  readonly value?: string
  readonly help: string
  readonly multiple?: boolean
  /** The only values allowed. */
  readonly choices?: readonly string[]
  /** What a person means who gives the value alone, where the command takes no argument. */
  readonly bare?: true
}

/** One command: its name may be two words. */
export interface CommandSpec {
  readonly name: string
  readonly summary: string
  readonly options: Readonly<Record<string, OptionSpec>>
  /** How positional arguments are called; `…` at the end for any number; `[ ]` around an optional one. */
  readonly positionals?: readonly string[]
  /** How the words behind `--` are called, where the command takes any: the command line of another program. */
  readonly behind?: string
}

/** A whole command line, as data. */
export interface ProgramSpec<Name extends string = string> {
  /** What a person types: `pnpm lab`. */
  readonly call: string
  readonly commands: Readonly<Record<Name, CommandSpec>>
  /** Options of every command. */
  readonly general?: Readonly<Record<string, OptionSpec>>
  /** Said below the list of all commands, a paragraph each. */
  readonly notes?: readonly string[]
}
