import { isLoopbackAddress } from '@x07-lab/msg-core/kit'
import type { RunOsPolicy } from './run-os-policy.generated.ts'

/** A grant that no sandbox policy of this product may give. */
export interface TooWide {
  /** JSON Pointer of the value. */
  readonly pointer: string
  /** What it is, what it may be. */
  readonly message: string
}

/** Folders that a run may write: cassettes, and results. */
const WRITABLE = ['.x07_rr', 'out'] as const

/** The profile of every replay, by the name of its policy file: it writes results alone, and reaches nothing. */
const REPLAY_FILE = 'rr_replay.policy.json'

/** Variables that steer output, not access. */
const HARMLESS_KEYS = ['TERM', 'NO_COLOR', 'FORCE_COLOR', 'COLUMNS', 'LINES', 'LANG', 'TZ', 'CI']

/** How the environment hands a secret over, by its id. */
const SECRET_KEY = /^X07_SECRET_[A-Z0-9_]+$/

/**
 * Every grant of a policy under `arch/policy` that is wider than a recording or a replay may have, whoever asks for it: a
 * pull request can change policy and lock together, so what is safe is said here and not by the lock. `file` is the name of
 * the policy's file.
 *
 * Writing is for `.x07_rr` and `out`, reading for the project, connecting for addresses of the loopback interface. No
 * process, no thread but the one that checks a replay, no native code, no database. Of the environment come secrets by id and what steers output: every other
 * name may change what runs (`NODE_OPTIONS`, `LD_PRELOAD`, `OPENSSL_CONF`), or is a secret that nobody asked for.
 */
export function tooWide(policy: RunOsPolicy, file: string): TooWide[] {
  const { limits, fs, net, env, process, db, language, threads } = policy
  const isReplay = file === REPLAY_FILE || file.endsWith(`/${REPLAY_FILE}`)
  const writable = isReplay ? WRITABLE.filter((folder) => folder === 'out') : WRITABLE
  const found: TooWide[] = []
  const refuse = (pointer: string, message: string): void => void found.push({ pointer, message })
  const refuseTrue = (pointer: string, value: boolean | undefined, why: string): void => {
    if (value === true) refuse(pointer, `is true, must be false: ${why}`)
  }
  const refuseItems = (pointer: string, values: readonly unknown[] | undefined, why: string): void => {
    if ((values ?? []).length > 0) refuse(pointer, `is not empty, must be: ${why}`)
  }

  fs.write_roots.forEach((path, at) => {
    const fault = pathFault(path)
    const below = writable.some((folder) => path === folder || path.startsWith(`${folder}/`))
    if (fault !== undefined) refuse(`/fs/write_roots/${at}`, `${JSON.stringify(path)} ${fault}`)
    else if (!below) {
      refuse(`/fs/write_roots/${at}`, `${JSON.stringify(path)} is not ${writable.join(' or ')}, or a folder below`)
    }
  })
  fs.read_roots.forEach((path, at) => {
    const fault = path === '.' ? undefined : pathFault(path)
    if (fault !== undefined) refuse(`/fs/read_roots/${at}`, `${JSON.stringify(path)} ${fault}`)
  })
  refuseTrue('/fs/allow_symlinks', fs.allow_symlinks, 'a link leads out of the folders that are allowed')

  refuseTrue('/net/allow_dns', net.allow_dns, 'addresses are written as such, a name can lead elsewhere')
  refuseTrue('/net/allow_udp', net.allow_udp, 'brokers speak TCP')
  net.allow_hosts.forEach(({ host }, at) => {
    if (isReplay) refuse(`/net/allow_hosts/${at}`, 'is listed, but a replay reaches nothing')
    else if (!isLoopbackAddress(host)) {
      const seen = JSON.stringify(host)
      refuse(`/net/allow_hosts/${at}/host`, `${seen} is not an address of the loopback interface, such as 127.0.0.1`)
    }
  })
  if (isReplay) {
    refuseTrue('/net/enabled', net.enabled, 'a replay reaches nothing')
    refuseTrue('/net/allow_tcp', net.allow_tcp, 'a replay reaches nothing')
  }

  env.allow_keys.forEach((key, at) => {
    const known = isReplay ? HARMLESS_KEYS.includes(key) : HARMLESS_KEYS.includes(key) || SECRET_KEY.test(key)
    if (known) return
    const may = [...(isReplay ? [] : ['X07_SECRET_…']), ...HARMLESS_KEYS].join(', ')
    refuse(`/env/allow_keys/${at}`, `${JSON.stringify(key)} must be one of ${may}`)
  })

  for (const flag of ['enabled', 'allow_spawn', 'allow_exec', 'allow_cwd'] as const) {
    refuseTrue(`/process/${flag}`, process[flag], 'a run starts no process')
  }
  for (const list of ['allow_execs', 'allow_exec_prefixes', 'allow_args_regex_lite', 'allow_env_keys'] as const) {
    refuseItems(`/process/${list}`, process[list], 'a run starts no process')
  }
  refuseItems('/process/allow_cwd_roots', process.allow_cwd_roots, 'a run starts no process')
  for (const count of ['max_live', 'max_spawns'] as const) {
    if (process[count] > 0) refuse(`/process/${count}`, `is ${process[count]}, must be 0: a run starts no process`)
  }
  refuseTrue('/language/allow_unsafe', language?.allow_unsafe, 'native code is not held by the sandbox')
  refuseTrue('/language/allow_ffi', language?.allow_ffi, 'native code is not held by the sandbox')
  const mostThreads = isReplay ? 1 : 0
  if (threads?.enabled === true && threads.max_workers > mostThreads) {
    const why = isReplay ? 'a replay has one thread for its checks' : 'a recording starts no thread'
    refuse('/threads/max_workers', `is ${threads.max_workers}, must be at most ${mostThreads}: ${why}`)
  }
  refuseTrue('/db/enabled', db?.enabled, 'a run reaches no database')
  refuseTrue('/limits/core_dumps', limits.core_dumps, 'a core dump holds the secrets of the run')
  return found
}

/** Why a path is not one that is written plainly and stays below the project. */
function pathFault(path: string): string | undefined {
  if (/[\p{Cc}\p{Cf}]/u.test(path)) return 'holds a control character'
  if (path.startsWith('/') || /^[A-Za-z]:/.test(path)) return 'is absolute, must be a path below the project'
  if (path.startsWith('~') || /[*?[\]{}$%,;|\\]/.test(path)) return 'holds one of ~ * ? [ ] { } $ % , ; | \\'
  if (path.split('/').some((name) => name === '' || name === '.' || name === '..')) {
    return 'holds an empty name, . or .., must be written plainly'
  }
  return undefined
}
