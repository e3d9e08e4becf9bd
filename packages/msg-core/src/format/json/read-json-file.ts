import { readRegularFile } from '../../kit/index.ts'
import { parseJson } from './parse.ts'

/**
 * Reads a JSON file: a contract, a policy, a lock, a manifest. Strict: of a key that occurs twice, one reader takes the first and
 * another the last.
 *
 * @throws SyntaxError saying where it is not JSON, without quoting it: the file may be a link to something else; NotAFileError; the
 *   system's error
 */
export function readJsonFile(path: string): unknown {
  const parsed = parseJson(readRegularFile(path))
  if (parsed.ok) return JSON.parse(parsed.text)
  const { line, col, reason } = parsed.error
  throw new SyntaxError(`it is not JSON: line ${line}, column ${col}: ${reason}`)
}
