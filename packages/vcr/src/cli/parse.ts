import { resolve } from 'node:path'

import { parseCommandLine, type CommandSpec, type ProgramSpec } from '@x07-lab/msg-core/command-line'

import type { ProxyRequest } from '../loopback/proxy.ts'
import type { ServeRequest } from '../loopback/serve.ts'
import { programName, type Settings } from '../process/settings.ts'

/** A `vcr record|replay|auto` that was understood. */
export interface RunRequest extends Pick<Settings, 'mode' | 'cassette' | 'root' | 'pin' | 'realTime' | 'passthrough'> {
  /** The program and its arguments, as given behind `--`. */
  readonly command: readonly [string, ...string[]]
  /** Where the report goes as JSON. */
  readonly report: string | undefined
}

export type Parsed =
  | { readonly kind: 'serve'; readonly request: ServeRequest }
  | { readonly kind: 'proxy'; readonly request: ProxyRequest }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }
  | { readonly kind: 'run'; readonly request: RunRequest }

const shared = {
  root: { type: 'string', value: 'DIR', help: 'the folder that holds .x07_rr/ (default this one)' },
  report: { type: 'string', value: 'FILE', help: 'writes the report as JSON' },
} as const satisfies CommandSpec['options']

/** The three ways to run a program take the same options: what one has no use for changes nothing. */
const runOptions = {
  cassette: { type: 'string', value: 'NAME', help: 'name below .x07_rr/ (default the name of the program)' },
  ...shared,
  passthrough: {
    type: 'string',
    value: 'HOST:PORT',
    multiple: true,
    help: 'replay: lets connections to a service that is not a broker through; may be given several times',
  },
  'real-time': { type: 'boolean', help: "replay: waits for the program's pauses; else time jumps where it only waits" },
  pin: {
    type: 'boolean',
    help: 'record: pins randomness, clock, process id, host name and network interfaces; every replay has them',
  },
} as const satisfies CommandSpec['options']

const recordOptions = {
  missing: {
    type: 'boolean',
    help: 'adds connections that the cassette does not have; those that it has are played',
  },
  ...runOptions,
} as const satisfies CommandSpec['options']

const listen = (value: string, help: string) =>
  ({
    amqp: { type: 'string', value, multiple: true, help },
    kafka: { type: 'string', value, multiple: true, help },
    ...shared,
  }) as const satisfies CommandSpec['options']

const program = {
  call: 'vcr',
  commands: {
    record: {
      name: 'record',
      summary: 'runs COMMAND and records its Kafka and RabbitMQ connections',
      options: recordOptions,
      behind: 'COMMAND…',
    },
    replay: {
      name: 'replay',
      summary: 'runs COMMAND against the recording: no broker, no network',
      options: runOptions,
      behind: 'COMMAND…',
    },
    auto: {
      name: 'auto',
      summary: 'replays where there is a cassette, else records (in CI it never records)',
      options: runOptions,
      behind: 'COMMAND…',
    },
    serve: {
      name: 'serve',
      summary: 'plays a cassette as a broker on 127.0.0.1, for a program in any language',
      options: listen('PORT', 'where to listen'),
      positionals: ['NAME'],
      behind: 'COMMAND…',
    },
    proxy: {
      name: 'proxy',
      summary: 'records a program in any language, which dials 127.0.0.1:PORT in place of the broker',
      options: listen('PORT=HOST:PORT', 'where to listen, and the broker behind it; may be given several times'),
      positionals: ['NAME'],
      behind: 'COMMAND…',
    },
  },
  notes: [
    'COMMAND stands behind --: vcr record --cassette orders -- node service.js',
    'exit code: that of COMMAND; 1 where a replay diverged, 2 usage, 3 where nothing was recorded, or a broker connection was not understood, or there is no cassette',
  ],
} as const satisfies ProgramSpec

interface Values {
  readonly cassette?: string
  readonly root?: string
  readonly report?: string
  readonly amqp?: string[]
  readonly kafka?: string[]
  readonly pin?: boolean
  readonly missing?: boolean
  readonly 'real-time'?: boolean
  readonly passthrough?: string[]
}

/**
 * Reads the arguments; all that is wrong with them at once.
 *
 * @param columns of the terminal, for the help
 */
export function parseCommand(args: readonly string[], folder: string, columns?: number): Parsed {
  const parsed = parseCommandLine(program, args, columns)
  switch (parsed.kind) {
    case 'help':
    case 'version':
      return parsed
    case 'wrong':
      return { kind: 'wrong', problems: [parsed.problem] }
    case 'command': {
      const { name, positionals, behind } = parsed
      // The specification above says which type each option has.
      const values = parsed.options as Values
      return name === 'serve' || name === 'proxy'
        ? loopback(name, positionals, values, behind, folder)
        : run(name, values, behind, folder)
    }
  }
}

function run(mode: RunRequest['mode'], values: Values, command: readonly string[], folder: string): Parsed {
  const problems: string[] = []
  const [name, ...args] = command
  if (name === undefined || name === '') problems.push(`say which program to run: vcr ${mode} -- node service.js`)
  for (const option of ['cassette', 'root', 'report'] as const) {
    if (values[option] === '') problems.push(`--${option} is empty`)
  }
  if (values.missing === true && values.pin === true) {
    problems.push('--missing and --pin: a recording with pins is made whole; leave one of them out')
  }
  if (problems.length > 0 || name === undefined) return { kind: 'wrong', problems }
  return {
    kind: 'run',
    request: {
      mode: values.missing === true ? 'record_missing' : mode,
      command: [name, ...args],
      cassette: values.cassette ?? programName(command),
      root: resolve(folder, values.root ?? '.'),
      report: values.report === undefined ? undefined : resolve(folder, values.report),
      pin: values.pin ?? false,
      realTime: values['real-time'] ?? false,
      passthrough: values.passthrough ?? [],
    },
  }
}

function loopback(
  word: 'serve' | 'proxy',
  rest: readonly string[],
  values: Values,
  command: readonly string[],
  folder: string,
): Parsed {
  const problems: string[] = []
  const [cassette] = rest
  const given = (['amqp', 'kafka'] as const).flatMap((protocol) =>
    (values[protocol] ?? []).map((text) => ({ protocol, text })),
  )
  if (given.length === 0) {
    problems.push(`say where to listen: --amqp ${word === 'serve' ? 'PORT' : 'PORT=HOST:PORT'}, or --kafka`)
  }
  const form = word === 'serve' ? /^(\d{1,5})$/ : /^(\d{1,5})=(.+):(\d{1,5})$/
  const routes = given.flatMap(({ protocol, text }) => {
    const [, port, host = '', brokerPort] = form.exec(text) ?? []
    if (port === undefined) {
      problems.push(`--${protocol} is "${text}", expected ${word === 'serve' ? 'a port' : 'PORT=HOST:PORT'}`)
      return []
    }
    return [{ protocol, port: Number(port), broker: { host, port: Number(brokerPort), tls: false } }]
  })
  if (problems.length > 0 || cassette === undefined) return { kind: 'wrong', problems }
  const common = {
    cassette,
    root: resolve(folder, values.root ?? '.'),
    report: values.report === undefined ? undefined : resolve(folder, values.report),
    command,
  }
  if (word === 'proxy') return { kind: 'proxy', request: { ...common, routes } }
  return { kind: 'serve', request: { ...common, ports: new Map(routes.map(({ protocol, port }) => [protocol, port])) } }
}
