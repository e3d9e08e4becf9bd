import { dress } from '@x07-lab/msg-core/command-line'
import { oneLine } from '@x07-lab/msg-core/kit'

/** Tells people, on standard error, a line each: what a line quotes of a cassette or a broker cannot steer their terminal. */
export function say(...lines: readonly string[]): void {
  const [first = '', ...more] = lines
  const shown = [`vcr: ${first}`, ...more].map((line) => dress(oneLine(line), process.stderr))
  process.stderr.write(`${shown.join('\n')}\n`)
}
