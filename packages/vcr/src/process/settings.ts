/** How the processes of one `vcr` run are told what to do: environment variables, inherited by every child and thread. */
export interface Settings {
  readonly mode: 'record' | 'record_missing' | 'replay' | 'auto'
  /** Name of the first process's cassette; the others are `NAME/worker-1` and so on. */
  readonly cassette: string
  /** The folder that holds `.x07_rr/`. */
  readonly root: string
  /** Where the processes of a run meet: one slot each, with its state and its report. Undefined in the first process. */
  readonly runFolder: string | undefined
  readonly pin: boolean
  /** Replay: whether the program's pauses are waited for. */
  readonly realTime: boolean
  /** `HOST:PORT` or `HOST` to which a replay may connect: databases and other services that are not recorded. */
  readonly passthrough: readonly string[]
  /** The slot that the parent took for this process or thread; undefined in the first. */
  readonly slot: number | undefined
  /** URL of the module that attaches a process; undefined in a process that no `vcr` command started. */
  readonly preload: string | undefined
  /** Whether the `vcr` command started this, and prints the reports. */
  readonly supervised: boolean
}

const names = {
  mode: 'VCR_MODE',
  cassette: 'VCR_CASSETTE',
  root: 'VCR_ROOT',
  runFolder: 'VCR_RUN',
  pin: 'VCR_PIN',
  realTime: 'VCR_REAL_TIME',
  passthrough: 'VCR_PASSTHROUGH',
  slot: 'VCR_SLOT',
  preload: 'VCR_PRELOAD',
  supervised: 'VCR_SUPERVISED',
} as const

/** The variables that say so. */
export function toEnvironment(settings: Settings): Record<string, string> {
  const out: Record<string, string> = {}
  for (const [field, name] of Object.entries(names)) {
    const value = settings[field as keyof Settings]
    if (value === undefined || value === false) continue
    if (typeof value !== 'object') out[name] = value === true ? '1' : String(value)
    else if (value.length > 0) out[name] = value.join(',')
  }
  return out
}

/**
 * Reads them; the cassette's name is the program's where none is given.
 *
 * @throws Error for a mode that is not one
 */
export function fromEnvironment(env: Readonly<Record<string, string | undefined>>, program: string): Settings {
  const mode = env[names.mode] ?? 'auto'
  if (mode !== 'record' && mode !== 'record_missing' && mode !== 'replay' && mode !== 'auto') {
    throw new Error(`${names.mode} is "${mode}", must be one of auto, record, record_missing, replay`)
  }
  const on = (name: string): boolean => env[name] !== undefined && env[name] !== '' && env[name] !== '0'
  return {
    mode,
    cassette: env[names.cassette] ?? programName([program]),
    root: env[names.root] ?? process.cwd(),
    runFolder: env[names.runFolder],
    pin: on(names.pin),
    realTime: on(names.realTime),
    passthrough: (env[names.passthrough] ?? '').split(',').filter((place) => place !== ''),
    slot: /^\d+$/.test(env[names.slot] ?? '') ? Number(env[names.slot]) : undefined,
    preload: env[names.preload],
    supervised: on(names.supervised),
  }
}

/** The name of a program, from its command: that of the first script in it, without folder and ending; else of the command. */
export function programName(command: readonly string[]): string {
  const script = command.find((word, at) => at > 0 && !word.startsWith('-') && /\.[cm]?[jt]sx?$/.test(word))
  const base = (script ?? command[0] ?? '').split(/[/\\]/).at(-1) ?? ''
  return base.replace(/\.[^.]*$/, '').replaceAll(/[^\w.-]/g, '_') || 'program'
}
