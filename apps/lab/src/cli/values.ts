import { UserError } from '../user-error.ts'
import type { OptionValues } from '@x07-lab/msg-core/command-line'

/** The value of a string option, or the default. */
export function text(options: OptionValues, name: string, byDefault: string): string {
  const value = options[name]
  return typeof value === 'string' ? value : byDefault
}

/**
 * The value of an option that is a whole number, or the default.
 *
 * @throws UserError where it is none, or outside the bounds
 */
export function wholeNumber<Default extends number | undefined>(
  options: OptionValues,
  name: string,
  { least, most, byDefault }: { readonly least: number; readonly most: number; readonly byDefault: Default },
): number | Default {
  const value = options[name]
  if (typeof value !== 'string') return byDefault
  const number = /^-?\d{1,16}$/.test(value) ? Number(value) : Number.NaN
  if (!(number >= least && number <= most)) {
    throw new UserError(`--${name} ${JSON.stringify(value)}: give a whole number from ${least} to ${most}`)
  }
  return number
}
