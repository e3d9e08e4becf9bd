import { parseJson } from '@x07-lab/msg-core/json'
import { readRegularFile } from '@x07-lab/msg-core/kit'

/**
 * Reads a JSON file of the project's: a contract, a policy, a lock, a manifest.
 *
 * @throws SyntaxError saying where it is not JSON, without quoting it: the file may be a link to something else;
 *   NotAFileError; the system's error
 */
export function readJsonFile(path: string): unknown {
  const bytes = readRegularFile(path)
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString())
  } catch {
    const parsed = parseJson(bytes)
    if (parsed.ok) throw new SyntaxError('it is not JSON')
    const { line, col, reason } = parsed.error
    throw new SyntaxError(`it is not JSON: line ${line}, column ${col}: ${reason}`)
  }
}
