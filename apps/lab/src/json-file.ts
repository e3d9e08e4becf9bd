import { parseJson } from '@x07-lab/msg-core/json'
import { readRegularFile } from '@x07-lab/msg-core/kit'

/**
 * Reads a JSON file of the project's: a contract, a policy, a lock, a manifest.
 *
 * @throws SyntaxError saying where it is not JSON, without quoting it: the file may be a link to something else;
 *   NotAFileError; the system's error
 */
export function readJsonFile(path: string): unknown {
  const parsed = parseJson(readRegularFile(path))
  // Strict: of a key that occurs twice, one reader takes the first and another the last.
  if (parsed.ok) return JSON.parse(parsed.text)
  const { line, col, reason } = parsed.error
  throw new SyntaxError(`it is not JSON: line ${line}, column ${col}: ${reason}`)
}
