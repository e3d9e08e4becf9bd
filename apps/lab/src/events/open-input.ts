import { addAbortSignal, type Readable } from 'node:stream'
import { constants, createReadStream } from 'node:fs'
import { DriverError } from '@x07-lab/msg-core'
import { NotAFileError, openRegular, whyFailed } from '@x07-lab/msg-core/kit'
import { exitCodes, UserError } from '../user-error.ts'

/** An input that is read once. */
export interface Input {
  /** What messages call it. */
  readonly name: string
  /**
   * Its bytes. Waiting for more of them ends when the signal aborts.
   *
   * @throws UserError where it cannot be read; DriverError `aborted`
   */
  readonly chunks: (signal?: AbortSignal) => AsyncIterable<Uint8Array>
}

/** The input of `--input`: a file, or standard input for `-`. */
export function openInput(
  { name, path }: { readonly name: string; readonly path: string },
  stdin: () => Readable,
): Input {
  // The file is opened only when it is read.
  const open = (): Readable =>
    path === '-' ? stdin() : createReadStream('', { fd: openRegular(path, constants.O_RDONLY), highWaterMark: 262_144 })
  return { name, chunks: (signal) => readChunks(name, open, signal) }
}

async function* readChunks(name: string, open: () => Readable, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    const stream = open()
    yield* (signal === undefined ? stream : addAbortSignal(signal, stream)) as AsyncIterable<Buffer>
  } catch (cause) {
    if (signal?.aborted === true) throw new DriverError('aborted', 'stopped on request', { cause })
    const remedy =
      cause instanceof NotAFileError
        ? 'give a file, or pass what it gives on as standard input with -'
        : 'give a file that can be read'
    throw new UserError(`read input ${name}: ${whyFailed(cause)}; ${remedy}`, exitCodes.environment, { cause })
  }
}
