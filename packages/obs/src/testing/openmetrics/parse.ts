import { unprintable } from '../../openmetrics/escape.ts'
import { adviseAgainst } from './advice.ts'
import { checkFamily } from './family.ts'
import { type Descriptor, readDescriptor, readSample } from './line.ts'
import type { OpenFamily } from './open-family.ts'
import { sampleSuffixes } from './suffixes.ts'
import {
  metricTypes,
  OpenMetricsError,
  type OpenMetricsFamily,
  type OpenMetricsParseOptions,
  type OpenMetricsSample,
  type OpenMetricsType,
} from './types.ts'

/**
 * Reads OpenMetrics 1.0 text as a judge of writers, not as a scraper would: what the specification forbids is an error,
 * and so, unless told otherwise, is what it advises against.
 *
 * @throws OpenMetricsError at the first line that breaks a rule
 * @see https://github.com/prometheus/OpenMetrics/blob/main/specification/OpenMetrics.md
 */
export function parseOpenMetrics(
  input: string | Uint8Array,
  options: OpenMetricsParseOptions = {},
): OpenMetricsFamily[] {
  const strict = options.recommendations !== 'ignore'
  const lines = splitLines(input, strict)
  const families: OpenFamily[] = []
  for (const [at, text] of lines.entries()) {
    const line = at + 1
    if (text === '') throw new OpenMetricsError(line, 'an empty line')
    if (text.startsWith('#')) addDescriptor(families, readDescriptor(text, line), line)
    else addSample(families, readSample(text, line))
    if (strict) adviseAgainst.line(text, line, families.at(-1))
  }
  refuseClashes(families)
  for (const family of families) {
    checkFamily(family)
    if (strict) adviseAgainst.family(family)
  }
  if (strict) adviseAgainst.order(families)
  return families.map(({ name, type = 'unknown', unit = '', help = '', samples }) => ({
    name,
    type,
    unit,
    help,
    samples,
  }))
}

/** The lines before `# EOF`, which must be the last. */
function splitLines(input: string | Uint8Array, strict: boolean): string[] {
  const text = typeof input === 'string' ? input : decode(input)
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  const end = lines.indexOf('# EOF')
  if (end === -1) throw new OpenMetricsError(Math.max(1, lines.length), 'the text ends without "# EOF"')
  if (end !== lines.length - 1) throw new OpenMetricsError(end + 2, 'a line after "# EOF"')
  if (text.endsWith('\n\n')) throw new OpenMetricsError(end + 2, 'an empty line after "# EOF"')
  if (text.startsWith('\ufeff')) throw new OpenMetricsError(1, 'a byte-order mark')
  const odd = strict ? unprintable(text) : undefined
  if (odd !== undefined) throw new OpenMetricsError(1, `the text holds ${odd}`)
  return lines.slice(0, -1)
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw Object.assign(new OpenMetricsError(1, 'the text is not UTF-8'), { cause })
  }
}

function addDescriptor(families: OpenFamily[], { kind, name, text }: Descriptor, line: number): void {
  let family = families.at(-1)
  if (family?.name !== name) {
    family = { name, line, described: [], samples: [] }
    families.push(family)
  }
  if (family.samples.length > 0) throw new OpenMetricsError(line, `${kind} of ${name} after its samples`)
  if (family.described.includes(kind)) throw new OpenMetricsError(line, `a second ${kind} of ${name}`)
  family.described.push(kind)
  if (kind === 'HELP') family.help = text
  else if (kind === 'UNIT') family.unit = text
  else family.type = asType(text, line)
}

function asType(text: string, line: number): OpenMetricsType {
  const type = metricTypes.find((known) => known === text)
  if (type === undefined) throw new OpenMetricsError(line, `${text} is none of the types ${metricTypes.join(', ')}`)
  return type
}

function addSample(families: OpenFamily[], sample: OpenMetricsSample): void {
  const family = families.at(-1)
  const suffixes = sampleSuffixes[family?.type ?? 'unknown']
  if (family !== undefined && suffixes.some((suffix) => sample.name === family.name + suffix)) {
    family.samples.push(sample)
  } else {
    families.push({ name: sample.name, line: sample.line, described: [], samples: [sample] })
  }
}

function refuseClashes(families: readonly OpenFamily[]): void {
  const owners = new Map<string, string>()
  for (const { name, line, type = 'unknown' } of families) {
    for (const suffix of new Set([...sampleSuffixes[type], ''])) {
      const owner = owners.get(name + suffix)
      if (owner !== undefined) {
        throw new OpenMetricsError(
          line,
          `${name + suffix} belongs to family ${owner} above, of which ${name} is no part`,
        )
      }
      owners.set(name + suffix, name)
    }
  }
}
