import { join } from 'node:path'
import { whyFailed } from '@x07-lab/msg-core/kit'
import { runOsPolicyForm, tooWide } from '@x07-lab/arch-check/policy'
import { readContract, readJsonFile } from '@x07-lab/msg-core/json'
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
  /** Threads beside the program's own: one or none. */
  readonly threads: number
}

/**
 * Reads the policy of a profile.
 *
 * @throws UserError where the file is missing, is not a run-os policy, or allows more than any sandbox of this program may
 */
export async function readSandboxPolicy(root: string, profile: ProfileName): Promise<SandboxPolicy> {
  const file = profiles[profile].policy
  const fail = (problem: string, cause?: unknown): UserError =>
    new UserError(`read policy ${file}: ${problem}; fix it; \`pnpm arch:check\` explains`, exitCodes.environment, {
      cause,
    })
  let document: unknown
  try {
    document = readJsonFile(join(root, file))
  } catch (cause) {
    throw fail(whyFailed(cause), cause)
  }
  const policy = readContract(runOsPolicyForm, document, fail)
  const [wide] = tooWide(policy, file)
  if (wide !== undefined) throw fail(`${wide.pointer} ${wide.message}`)
  const { fs, net, env, threads } = policy
  const dials = net.enabled && net.allow_tcp
  return {
    file,
    readRoots: fs.enabled ? fs.read_roots : [],
    writeRoots: fs.enabled ? fs.write_roots : [],
    allowed: dials
      ? net.allow_hosts.flatMap(({ host, ports }) => ports.map((port) => ({ host: host.toLowerCase(), port })))
      : [],
    env: env.enabled ? env.allow_keys : [],
    threads: threads?.enabled === true ? threads.max_workers : 0,
  }
}
