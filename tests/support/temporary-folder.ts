import { accessSync, chmodSync, constants, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const memory = '/dev/shm'
/** Cassettes of the tests are small, and the large ones are holes. */
const wantedBytes = 2 * 1024 ** 3

/**
 * The temporary files of a run of the tests, in one folder that is removed with what the tests left there. It lies in memory
 * where this machine has room for that, since a project of a test is dozens of files, and a disk takes ten times as long to
 * make and remove them. What Node compiles of the programs that the tests start is kept there too, for the next of them.
 */
export default function temporaryFolder(): () => void {
  const folder = mkdtempSync(join(hasRoom() ? memory : tmpdir(), 'x07-lab-tests-'))
  // A test runs a program as another user, in a folder of its own below.
  chmodSync(folder, 0o711)
  process.env['TMPDIR'] = folder
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compiled')
  return () => rmSync(folder, { recursive: true, force: true })
}

/** Whether files in memory are as good as those on a disk: there is room, and a program may be run from there. */
function hasRoom(): boolean {
  try {
    accessSync(memory, constants.W_OK)
    const { bavail, bsize } = statfsSync(memory)
    const mount = readFileSync('/proc/mounts', 'utf8')
      .split('\n')
      .find((line) => line.split(' ')[1] === memory)
    return mount !== undefined && !/\bnoexec\b/.test(mount) && bavail * bsize >= wantedBytes
  } catch {
    return false
  }
}
