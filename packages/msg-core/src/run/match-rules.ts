import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CassetteReader } from '../format/cassette/index.ts'
import { readContract, readJsonFile } from '../format/json/index.ts'
import { whyFailed } from '../kit/index.ts'
import type { MatchRule } from '../playback/conversation.ts'
import { DriverError } from '../port/index.ts'
import type { LaneRule, ReplayMatchOptions } from '../port/replaying/index.ts'
import { matchRulesDocumentForm, type MatchRulesDocument } from './match-rules.generated.ts'

/** Where the contracts with match rules lie: `NAME.match.json`, of the form `vcr.match@0.1.0`. */
const folder = 'arch/vcr'
const ending = '.match.json'

const portOrders: readonly string[] = ['ordered', 'nearby', 'bag'] satisfies LaneRule[]

/**
 * What the contracts under `arch/vcr` say of the replay of a cassette through the port: the paths of all rules together, and
 * of each act the first order. A rule with a `key` counts where every message of the cassette is of such a lane, since the
 * port has no rules by lane; orders that only the socket knows are left to it.
 *
 * @param root the folder that holds `arch/`
 * @throws DriverError `invalid_config` for a contract that cannot be read
 */
export function matchRulesOf(root: string, cassette: string, reader: CassetteReader): ReplayMatchOptions {
  // A cassette may have a million lanes: they are gone through, not put together.
  const isOfAll = (start: string): boolean =>
    Iterator.from(reader.lanes.values())
      .filter(({ op }) => /^std\.msg\.(?!lab\.)/.test(Buffer.from(op).toString('latin1')))
      .every(({ key }) => Buffer.from(key).toString().startsWith(start))
  const rules = rulesOf(root, cassette).filter(({ key = '' }) => key === '' || isOfAll(key))
  const order = (act: 'publish' | 'settle'): LaneRule | undefined =>
    rules.find((rule) => (rule.act ?? act) === act && portOrders.includes(rule.order ?? ''))?.order as
      | LaneRule
      | undefined
  const [publish, settle] = [order('publish'), order('settle')]
  return {
    ignore: rules.flatMap(({ ignore = [] }) => ignore),
    bind: rules.flatMap(({ bind = [] }) => bind),
    rules: { ...(publish === undefined ? {} : { publish }), ...(settle === undefined ? {} : { settle }) },
  }
}

/**
 * What the contracts under `arch/vcr` say of the replay of a cassette of the socket, by the beginning of its keys. What the port
 * binds is ignored here, where UUIDs and long hex digits are bound without a rule.
 *
 * @throws DriverError `invalid_config` for a contract that cannot be read
 */
export function socketRulesOf(root: string, cassette: string): MatchRule[] {
  return rulesOf(root, cassette).map(({ key, act, order, ignore = [], bind = [] }) => ({
    ...(key === undefined ? {} : { key }),
    ...(act === undefined ? {} : { act }),
    ...(order === undefined ? {} : { order }),
    ignore: [...ignore, ...bind],
  }))
}

/**
 * The rules of all contracts that are for this cassette.
 *
 * @throws DriverError `invalid_config` for a contract that cannot be read, whichever cassette it is for
 */
export function rulesOf(root: string, cassette: string): MatchRulesDocument['rules'] {
  const name = cassette.replace(/\.rrbin$/, '')
  return filesOf(root)
    .map((file) => readRules(root, file))
    .filter(({ cassettes }) => cassettes === undefined || cassettes.includes(name))
    .flatMap((document) => document.rules)
}

/** Rules of the program's own, on top of those of the contracts: paths add up, its orders and the rest win. */
export function withOwnRules(contracts: ReplayMatchOptions, own: ReplayMatchOptions): ReplayMatchOptions {
  return {
    ignore: [...(contracts.ignore ?? []), ...(own.ignore ?? [])],
    bind: [...(contracts.bind ?? []), ...(own.bind ?? [])],
    rules: { ...contracts.rules, ...own.rules },
  }
}

function filesOf(root: string): string[] {
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .sort()
  } catch {
    return []
  }
}

function readRules(root: string, name: string): MatchRulesDocument {
  const refused = (problem: string, cause?: unknown): DriverError =>
    new DriverError('invalid_config', `read ${folder}/${name}: ${problem}`, { cause })
  let value: unknown
  try {
    value = readJsonFile(join(root, folder, name))
  } catch (cause) {
    throw refused(whyFailed(cause), cause)
  }
  return readContract(matchRulesDocumentForm, value, refused)
}
