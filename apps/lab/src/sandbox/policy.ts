import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { whyFailed } from '../system-error.ts'
import { exitCodes, UserError } from '../user-error.ts'

/** The profiles of the command line, and the policy file that bounds each. */
export const profiles = {
  os_record: { policy: 'arch/policy/os_record.policy.json', world: 'run-os-sandboxed' },
  rr_replay: { policy: 'arch/policy/rr_replay.policy.json', world: 'solve-rr' },
  ci_replay: { policy: 'arch/policy/rr_replay.policy.json', world: 'solve-rr' },
} as const

export type ProfileName = keyof typeof profiles

const schemaVersion = 'x07.run-os-policy@0.1.0'

/** The part of a run-os policy (`x07.run-os-policy@0.1.0`) that this program enforces. */
export interface SandboxPolicy {
  /** Repository-relative path, for messages. */
  readonly file: string
  readonly readRoots: readonly string[]
  readonly writeRoots: readonly string[]
  /** Host and port pairs that may be dialled; empty for none. */
  readonly allowed: readonly { readonly host: string; readonly port: number }[]
  /** Environment variables that the program may see. */
  readonly env: readonly string[]
}

/**
 * Reads the policy of a profile. The deep checks are `arch:check`'s; what is used here is checked here, and not by
 * arch-check's reader: that compiles schemas, which takes longer than a whole short replay, and its package brings a
 * native addon, which the sandbox, where this is read as well, does not load.
 *
 * @throws UserError where the file is missing, is no run-os policy, or holds something else than is enforced here
 */
export async function readSandboxPolicy(root: string, profile: ProfileName): Promise<SandboxPolicy> {
  const file = profiles[profile].policy
  const fail = (problem: string, cause?: unknown): UserError =>
    new UserError(`read policy ${file}: ${problem}; mend it, pnpm arch:check tells more`, exitCodes.environment, {
      cause,
    })
  let document: unknown
  try {
    document = JSON.parse(await readFile(join(root, file), 'utf8'))
  } catch (cause) {
    throw fail(whyFailed(cause), cause)
  }
  const policy = isObject(document) ? document : {}
  if (policy['schema_version'] !== schemaVersion) throw fail(`schema_version is not ${schemaVersion}`)

  const section = (name: string): Section => {
    const value = policy[name] ?? {}
    if (!isObject(value)) throw fail(`${name} is no object`)
    return value
  }
  const list = <Item>(name: string, value: unknown, is: (item: unknown) => item is Item, what: string): Item[] => {
    if (value === undefined) return []
    if (Array.isArray(value) && value.every(is)) return value
    throw fail(`${name} is no list of ${what}`)
  }
  const { fs, net, env } = { fs: section('fs'), net: section('net'), env: section('env') }
  const hosts = list('net.allow_hosts', net['allow_hosts'], isHostRule, '{"host": text, "ports": [numbers]}')
  const readRoots = list('fs.read_roots', fs['read_roots'], isText, 'paths')
  const writeRoots = list('fs.write_roots', fs['write_roots'], isText, 'paths')
  const keys = list('env.allow_keys', env['allow_keys'], isText, 'names')
  const dials = net['enabled'] === true && net['allow_tcp'] === true
  return {
    file,
    readRoots: fs['enabled'] === true ? readRoots : [],
    writeRoots: fs['enabled'] === true ? writeRoots : [],
    allowed: dials ? hosts.flatMap(({ host, ports }) => ports.map((port) => ({ host: host.toLowerCase(), port }))) : [],
    env: env['enabled'] === true ? keys : [],
  }
}

type Section = Readonly<Record<string, unknown>>

interface HostRule {
  readonly host: string
  readonly ports: readonly number[]
}

function isHostRule(value: unknown): value is HostRule {
  if (!isObject(value)) return false
  const { host, ports } = value
  return isText(host) && Array.isArray(ports) && ports.every((port) => typeof port === 'number')
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isObject(value: unknown): value is Section {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
