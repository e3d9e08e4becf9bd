import { closeSync, openSync, readSync, constants as fsConstants } from 'node:fs'

/**
 * Reads a file that is smaller than `room` into it, with no question about what it is: reading at a position is refused
 * for folders, sockets and pipes. Says how many bytes there are; undefined where `readRegularFile` has to say what is
 * there, or what is wrong: nothing, an empty file, a large one, or none that can be read so.
 *
 * For the thousands of small files of a check this saves a fifth of the time, and memory for each.
 */
export function readSmallFile(path: string, room: Uint8Array): number | undefined {
  let descriptor: number
  try {
    descriptor = openSync(path, fsConstants.O_RDONLY | fsConstants.O_NONBLOCK)
  } catch {
    return undefined
  }
  try {
    let length = 0
    while (length < room.length) {
      const read = readSync(descriptor, room, length, room.length - length, length)
      if (read === 0) return length === 0 ? undefined : length
      length += read
    }
    return undefined
  } catch {
    return undefined
  } finally {
    closeSync(descriptor)
  }
}
