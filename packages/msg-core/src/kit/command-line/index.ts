/** What the programs of this workspace have in common on a command line: parsing, help, near names, how lines look. */
export { dress, wrapped, type Shown } from './dress.ts'
export { nearNames } from './near-names.ts'
export { parseCommandLine, type CommandLine, type OptionValues } from './parse.ts'
export type { CommandSpec, OptionSpec, ProgramSpec } from './spec.ts'
