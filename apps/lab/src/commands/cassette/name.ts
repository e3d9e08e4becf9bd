import { partialEnding } from '@x07-lab/msg-core'
import { UserError } from '../../user-error.ts'

/** Endings of the files below `.x07_rr/` that are listed, and that `arch:check` pins: this program's, and X07's `.x07rr.bin`. */
const endings = ['.rrbin', '.bin']

/** Whether a file of this name is taken for a cassette. */
export function isCassetteName(name: string): boolean {
  return endings.some((ending) => name.endsWith(ending))
}

/**
 * Refuses to record under a name that nothing would list or pin, or that says that the recording is not complete. To replay,
 * a name is as good as any other.
 *
 * @throws UserError naming the right spelling
 */
export function refuseOddName(name: string): void {
  const partial = name.endsWith(partialEnding)
  if (isCassetteName(name) && !partial) return
  const stem = partial ? name.slice(0, -partialEnding.length) : name
  const fault = partial
    ? `${partialEnding} is the ending of recordings that are not complete`
    : 'cassette ls and arch:check take only what ends in .rrbin or .bin for a cassette'
  const proposal = isCassetteName(stem) ? stem : `${stem}.rrbin`
  throw new UserError(`record: --cassette ${JSON.stringify(name)}: ${fault}; name it ${JSON.stringify(proposal)}`)
}
