import { oneLine } from '@x07-lab/msg-core/kit'

/** Tells people, on standard error, a line each: what a line quotes of a cassette or a broker cannot steer their terminal. */
export function say(...lines: readonly string[]): void {
  process.stderr.write(`vcr: ${lines.map(oneLine).join('\n')}\n`)
}
