import { createReadStream } from 'node:fs'
import { exitCodes, UserError } from '../user-error.ts'

/** Bytes of `--input`: a file, or standard input for `-`. */
export function openInput(input: string): { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> } {
  if (input === '-') return { name: 'standard input', chunks: process.stdin }
  return { name: input, chunks: readFileChunks(input) }
}

async function* readFileChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path, { highWaterMark: 262_144 }) as AsyncIterable<Buffer>
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown error'
    const why =
      { ENOENT: 'there is no such file', EISDIR: 'it is a folder', EACCES: 'it may not be read' }[code] ?? code
    throw new UserError(`read input ${path}: ${why}`, exitCodes.environment, { cause })
  }
}
