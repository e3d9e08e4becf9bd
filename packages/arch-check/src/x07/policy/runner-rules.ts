import { type Document, positionIn } from '../document/document.ts'
import type { Finding } from '../../finding.ts'
import { ownFinding } from '../../findings.ts'
import type { RunOsPolicy } from '../../project/sandbox/run-os-policy.generated.ts'

/** What X07's runner refuses although the schema lets it pass; here it is said before anything runs. */
export function checkRunnerRules(document: Document, policy: RunOsPolicy): Finding[] {
  const findings: Finding[] = []
  const report = (pointer: string, message: string): void => {
    const text = `check the policy ${document.file}: ${pointer} ${message}`
    findings.push(
      ownFinding('E_ARCH_POLICY_RUNNER_RULE', text, positionIn(document, pointer), {
        data: { instance_path: pointer },
      }),
    )
  }
  for (const [pointer, values] of semicolonLists(policy)) {
    values?.forEach((value, at) => {
      if (value.includes(';'))
        report(`${pointer}/${at}`, 'has a semicolon, which separates the entries of this list when it is handed on')
    })
  }
  policy.net.allow_hosts.forEach((entry, at) => {
    if (entry.ports.length === 0) report(`/net/allow_hosts/${at}/ports`, 'names no port: give at least one')
  })
  const { process } = policy
  if (process.allow_spawn) {
    if ((process.allow_execs ?? []).length + (process.allow_exec_prefixes ?? []).length === 0) {
      report('/process/allow_spawn', 'is true, but allow_execs and allow_exec_prefixes name no program')
    }
    for (const limit of ['max_live', 'max_spawns', 'max_runtime_ms'] as const) {
      if ((process[limit] ?? 0) === 0) report('/process/allow_spawn', `is true, but ${limit} is 0`)
    }
  }
  if (process.allow_cwd === true && (process.allow_cwd_roots ?? []).length === 0) {
    report('/process/allow_cwd', 'is true, but allow_cwd_roots names no folder')
  }
  if (policy.db?.enabled === true && !Object.values(policy.db.drivers).includes(true)) {
    report('/db/enabled', 'is true, but no driver is')
  }
  process.allow_args_regex_lite?.forEach((pattern, at) => {
    const fault = regexLiteFault(pattern)
    if (fault !== undefined) report(`/process/allow_args_regex_lite/${at}`, fault)
  })
  return findings
}

function semicolonLists({ fs, env, process, db }: RunOsPolicy): [pointer: string, values: string[] | undefined][] {
  return [
    ['/fs/read_roots', fs.read_roots],
    ['/fs/write_roots', fs.write_roots],
    ['/env/allow_keys', env.allow_keys],
    ['/env/deny_keys', env.deny_keys],
    ['/process/allow_execs', process.allow_execs],
    ['/process/allow_exec_prefixes', process.allow_exec_prefixes],
    ['/process/allow_args_regex_lite', process.allow_args_regex_lite],
    ['/process/allow_env_keys', process.allow_env_keys],
    ['/process/allow_cwd_roots', process.allow_cwd_roots],
    ['/db/sqlite/allow_paths', db?.sqlite?.allow_paths],
    ['/db/net/allow_dns', db?.net?.allow_dns],
    ['/db/net/allow_cidrs', db?.net?.allow_cidrs],
  ]
}

/** A pattern has literals, `.`, `*` after something, and `\` before something. */
function regexLiteFault(pattern: string): string | undefined {
  let repeatable = false
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern[at]
    if (char === '*') {
      if (!repeatable) return 'has a * with nothing before it to repeat'
      repeatable = false
      continue
    }
    if (char === '\\') {
      at += 1
      if (at >= pattern.length) return 'ends with a backslash that escapes nothing'
    }
    repeatable = true
  }
  return undefined
}
