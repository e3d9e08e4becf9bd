import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exitCodes, UserError } from '../user-error.ts'

/** The profiles of the command line, and the policy file that bounds each. */
export const profiles = {
  os_record: { policy: 'arch/policy/os_record.policy.json', world: 'run-os-sandboxed' },
  rr_replay: { policy: 'arch/policy/rr_replay.policy.json', world: 'solve-rr' },
  ci_replay: { policy: 'arch/policy/rr_replay.policy.json', world: 'solve-rr' },
} as const

export type ProfileName = keyof typeof profiles

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

interface PolicyDocument {
  readonly schema_version?: unknown
  readonly fs?: { enabled?: boolean; read_roots?: string[]; write_roots?: string[] }
  readonly net?: { enabled?: boolean; allow_tcp?: boolean; allow_hosts?: { host: string; ports: number[] }[] }
  readonly env?: { enabled?: boolean; allow_keys?: string[] }
}

/**
 * Reads the policy of a profile. The deep checks are `arch:check`'s; what is used here is checked here.
 *
 * @throws UserError where the file is missing or is no run-os policy
 */
export async function readSandboxPolicy(root: string, profile: ProfileName): Promise<SandboxPolicy> {
  const file = profiles[profile].policy
  let document: PolicyDocument
  try {
    document = JSON.parse(await readFile(join(root, file), 'utf8')) as PolicyDocument
  } catch (cause) {
    throw new UserError(`read policy ${file}: ${(cause as Error).message}; restore the file`, exitCodes.environment, {
      cause,
    })
  }
  if (document.schema_version !== 'x07.run-os-policy@0.1.0') {
    throw new UserError(
      `read policy ${file}: schema_version is not x07.run-os-policy@0.1.0; run pnpm arch:check`,
      exitCodes.environment,
    )
  }
  const { fs, net, env } = document
  const hosts = net?.enabled === true && net.allow_tcp === true ? (net.allow_hosts ?? []) : []
  if (!hosts.every((entry) => typeof entry === 'object' && Array.isArray(entry.ports))) {
    throw new UserError(
      `read policy ${file}: net.allow_hosts holds something else than {"host", "ports"}; run pnpm arch:check`,
      exitCodes.environment,
    )
  }
  return {
    file,
    readRoots: fs?.enabled === true ? (fs.read_roots ?? []) : [],
    writeRoots: fs?.enabled === true ? (fs.write_roots ?? []) : [],
    allowed: hosts.flatMap(({ host, ports }) => ports.map((port) => ({ host: host.toLowerCase(), port }))),
    env: env?.enabled === true ? (env.allow_keys ?? []) : [],
  }
}
