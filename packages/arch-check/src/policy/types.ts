/** A run-os policy, `x07.run-os-policy@0.1.0`: what a program in the sandboxed world may touch. */
export interface RunOsPolicy {
  schema_version: 'x07.run-os-policy@0.1.0'
  policy_id: string
  notes?: string
  limits: { cpu_ms: number; wall_ms: number; mem_bytes: number; fds: number; procs: number; core_dumps?: boolean }
  fs: {
    enabled: boolean
    read_roots: string[]
    write_roots: string[]
    deny_hidden: boolean
    allow_symlinks?: boolean
    allow_mkdir?: boolean
    allow_remove?: boolean
    allow_rename?: boolean
    allow_walk?: boolean
    allow_glob?: boolean
    max_read_bytes?: number
    max_write_bytes?: number
    max_entries?: number
    max_depth?: number
  }
  net: {
    enabled: boolean
    allow_dns: boolean
    allow_tcp: boolean
    allow_udp: boolean
    allow_hosts: { host: string; ports: number[] }[]
  }
  db?: {
    enabled: boolean
    drivers: { sqlite: boolean; postgres: boolean; mysql: boolean; redis?: boolean }
    sqlite?: { allow_paths?: string[] }
    net?: { allow_dns?: string[]; allow_cidrs?: string[]; allow_ports?: number[] }
  }
  env: { enabled: boolean; allow_keys: string[]; deny_keys: string[] }
  time: {
    enabled: boolean
    allow_monotonic: boolean
    allow_wall_clock: boolean
    allow_sleep: boolean
    max_sleep_ms: number
    allow_local_tzid: boolean
  }
  language?: { allow_unsafe: boolean; allow_ffi: boolean }
  threads?: { enabled: boolean; max_workers: number; max_blocking: number; max_queue: number }
  process: {
    enabled: boolean
    allow_spawn: boolean
    allow_exec: boolean
    allow_exit: boolean
    max_live: number
    max_spawns: number
    allow_execs?: string[]
    allow_exec_prefixes?: string[]
    allow_args_regex_lite?: string[]
    allow_env_keys?: string[]
    max_runtime_ms?: number
    allow_cwd?: boolean
    allow_cwd_roots?: string[]
  }
}
