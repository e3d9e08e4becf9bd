import { canonicalFloat } from '../../openmetrics/number.ts'
import type { OpenFamily } from './open-family.ts'
import { OpenMetricsError } from './types.ts'

/** What the specification reserves or only advises against, which a writer with no excuse keeps to. */
export const adviseAgainst = {
  /** Things that are seen in one line. */
  line(text: string, line: number, family: OpenFamily | undefined): void {
    if (text.startsWith('# HELP ') && /(?:^|[^\\])(?:\\\\)*"/.test(text))
      throw new OpenMetricsError(line, 'a " in help is escaped')
    if (/(?:^|[^\\])(?:\\\\)*\\[^\\n"]/.test(text))
      throw new OpenMetricsError(line, 'an escape of a character that needs none')
    const sample = family?.samples.at(-1)
    if (sample?.line !== line) return
    if (sample.timestamp !== undefined) throw new OpenMetricsError(line, `${sample.name} has a timestamp`)
    for (const [name, value] of sample.labels) {
      if (name.startsWith('_'))
        throw new OpenMetricsError(line, `label ${name} starts with an underscore, which is reserved`)
      const isBound =
        (name === 'le' && sample.name.endsWith('_bucket')) || (name === 'quantile' && family?.type === 'summary')
      const number = value === '+Inf' ? Number.POSITIVE_INFINITY : Number(value)
      if (isBound && canonicalFloat(number) !== value) {
        throw new OpenMetricsError(line, `${name}="${value}" is not canonical, ${canonicalFloat(number)} would be`)
      }
    }
    const counts = /_(?:bucket|count|gcount)$/.test(sample.name) && family?.name !== sample.name
    if (counts && !/^\d+$/.test(sample.text))
      throw new OpenMetricsError(line, `the count ${sample.text} is not written as an integer`)
  },

  /** Things that are seen in one family. */
  family({ name, line, described }: OpenFamily): void {
    const order = described.join(', ')
    if (order !== 'TYPE, HELP' && order !== 'TYPE, UNIT, HELP') {
      throw new OpenMetricsError(
        line,
        `family ${name} has the metadata ${order || 'none'}, expected TYPE, UNIT if any, HELP`,
      )
    }
    if (!/^[a-zA-Z][a-zA-Z0-9_]*$/.test(name)) throw new OpenMetricsError(line, `the name ${name} is reserved`)
  },

  /** Things that are seen in the whole. */
  order(families: readonly OpenFamily[]): void {
    const target = families.find(({ name, type }) => name === 'target' && type === 'info')
    if (target !== undefined && target !== families[0]) {
      throw new OpenMetricsError(target.line, 'the target family is not the first')
    }
  },
}
