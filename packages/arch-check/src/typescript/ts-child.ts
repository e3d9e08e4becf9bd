import { createInterface } from 'node:readline'
import { parseTypeScript } from './ts-source.ts'

/**
 * Entry of the parsing process: a line `{"path","text"}` in, a line with the outcome out, until standard input ends. It
 * exists so that a source that overflows the parser's stack ends this process and not the check.
 */
for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
  const request: unknown = JSON.parse(line)
  if (typeof request !== 'object' || request === null || !('path' in request) || !('text' in request)) continue
  process.stdout.write(`${JSON.stringify(parse(String(request.path), String(request.text)))}\n`)
}

function parse(path: string, text: string): unknown {
  try {
    return parseTypeScript(path, text)
  } catch {
    return { fault: { reason: 'the source nests deeper than the parser can follow', line: 1, col: 1 } }
  }
}
