import { OpenMetricsError, type OpenMetricsExemplar, type OpenMetricsSample } from './types.ts'

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y
const QUOTED = /"(?:[^"\\]|\\.)*"/sy
const NUMBER = /(?:[+-]?(?:\d+\.?\d*(?:e[+-]?\d+)?|\.\d+(?:e[+-]?\d+)?|infinity|inf)|nan)(?= |$)/iy
const REAL_NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?= |$)/iy
const DESCRIPTOR = /^# (TYPE|UNIT|HELP) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.*)$/s

/** Label names and values of an exemplar together, in code points. */
const EXEMPLAR_MAX_CODE_POINTS = 128

/** A line that starts with `#`. */
export interface Descriptor {
  readonly kind: 'TYPE' | 'UNIT' | 'HELP'
  readonly name: string
  readonly text: string
}

/** Reads a metadata line; the text of a HELP is unescaped. */
export function readDescriptor(text: string, line: number): Descriptor {
  const [, kind, name, rest] = DESCRIPTOR.exec(text) ?? []
  if (name === undefined || rest === undefined || (kind !== 'TYPE' && kind !== 'UNIT' && kind !== 'HELP')) {
    throw new OpenMetricsError(
      line,
      'a line with # is none of "# TYPE name type", "# UNIT name unit", "# HELP name text"',
    )
  }
  return { kind, name, text: kind === 'HELP' ? unescape(rest) : rest }
}

/** Reads `name{labels} value [timestamp] [# {labels} value [timestamp]]`, with single spaces and nothing after. */
export function readSample(text: string, line: number): OpenMetricsSample {
  const reader = createReader(text, line)
  const name = reader.take(NAME, 'a metric name')
  const labels = readLabels(reader)
  reader.expect(' ', 'one space between name and value')
  const value = reader.take(NUMBER, 'a number')
  const timestamp = readTimestamp(reader)
  const exemplar = reader.accept(' # ') ? readExemplar(reader, line) : undefined
  if (!reader.atEnd()) throw reader.fault('the end of the line')
  return {
    line,
    name,
    labels,
    text: value,
    value: toNumber(value),
    ...(timestamp !== undefined && { timestamp }),
    ...(exemplar !== undefined && { exemplar }),
  }
}

interface Reader {
  take(pattern: RegExp, what: string): string
  accept(text: string): boolean
  expect(text: string, what: string): void
  startsWith(text: string): boolean
  atEnd(): boolean
  fault(what: string): OpenMetricsError
}

function createReader(text: string, line: number): Reader {
  let at = 0
  const fault = (what: string): OpenMetricsError => new OpenMetricsError(line, `expected ${what} at column ${at + 1}`)
  const accept = (expected: string): boolean => {
    const found = text.startsWith(expected, at)
    if (found) at += expected.length
    return found
  }
  return {
    take(pattern, what) {
      pattern.lastIndex = at
      const found = pattern.exec(text)?.[0]
      if (found === undefined) throw fault(what)
      at += found.length
      return found
    },
    accept,
    expect(expected, what) {
      if (!accept(expected)) throw fault(what)
    },
    startsWith: (expected) => text.startsWith(expected, at),
    atEnd: () => at === text.length,
    fault,
  }
}

function readLabels(reader: Reader): Map<string, string> {
  const labels = new Map<string, string>()
  if (!reader.accept('{') || reader.accept('}')) return labels
  do {
    const name = reader.take(LABEL_NAME, 'a label name')
    if (labels.has(name)) throw reader.fault(`a label other than ${name}, which is there already,`)
    reader.expect('=', '= after a label name')
    labels.set(name, unescape(reader.take(QUOTED, 'a quoted label value').slice(1, -1)))
  } while (reader.accept(','))
  reader.expect('}', ', or } after a label')
  return labels
}

function readTimestamp(reader: Reader): number | undefined {
  if (!reader.startsWith(' ') || reader.startsWith(' # ')) return undefined
  reader.expect(' ', 'one space before the timestamp')
  return Number(reader.take(REAL_NUMBER, 'a timestamp in seconds'))
}

function readExemplar(reader: Reader, line: number): OpenMetricsExemplar {
  if (!reader.startsWith('{')) throw reader.fault('the labels of an exemplar')
  const labels = readLabels(reader)
  const length = Array.from([...labels].flat().join('')).length
  if (length > EXEMPLAR_MAX_CODE_POINTS) {
    const reason = `the labels of an exemplar have ${length} characters, ${EXEMPLAR_MAX_CODE_POINTS} are allowed`
    throw new OpenMetricsError(line, reason)
  }
  reader.expect(' ', 'one space before the value of an exemplar')
  const value = toNumber(reader.take(NUMBER, 'a number'))
  const timestamp = readTimestamp(reader)
  return { labels, value, ...(timestamp !== undefined && { timestamp }) }
}

/** A backslash before any other character stands for itself. */
function unescape(text: string): string {
  return text.replaceAll(/\\([\\n"])/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}

function toNumber(text: string): number {
  const infinite = /^([+-]?)inf(?:inity)?$/i.exec(text)
  if (infinite !== null) return infinite[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return Number(text)
}
