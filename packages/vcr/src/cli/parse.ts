import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

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
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly problems: readonly string[] }
  | { readonly kind: 'run'; readonly request: RunRequest }

export const usage = `usage: vcr record|replay|auto [options] -- COMMAND…
       vcr serve NAME [--amqp PORT] [--kafka PORT] [options] [-- COMMAND…]
       vcr proxy NAME [--amqp PORT=HOST:PORT]… [--kafka PORT=HOST:PORT]… [options] [-- COMMAND…]

  record   runs COMMAND and records its Kafka and RabbitMQ connections
  replay   runs COMMAND against the recording: no broker, no network
  auto     replays where there is a cassette, else records (in CI it never records)
  serve    plays a cassette as a broker on 127.0.0.1, for a program in any language
  proxy    records a program in any language, which dials 127.0.0.1:PORT in place of the broker

options:
  --cassette NAME   name below .x07_rr/, default the name of the program
  --root DIR        the folder that holds .x07_rr/, default this one
  --report FILE     writes the report as JSON
  --passthrough HOST:PORT
                    replay: lets connections to a service that is not a broker through; may be given several times
  --real-time       replay: waits for the program's pauses; else time jumps where it only waits
  --pin             record: pins randomness, clock, process id, host name and network interfaces; every replay has them

exit code: that of COMMAND; 1 where a replay diverged, 2 usage, 3 where nothing was recorded, or a broker connection
was not understood, or there is no cassette`

interface Values {
  readonly cassette?: string
  readonly root?: string
  readonly report?: string
  readonly amqp?: string[]
  readonly kafka?: string[]
  readonly pin?: boolean
  readonly 'real-time'?: boolean
  readonly passthrough?: string[]
  readonly help?: boolean
}

const modes = ['record', 'replay', 'auto'] as const

/** Reads the arguments; all that is wrong with them at once. */
export function parseCommand(args: readonly string[], folder: string): Parsed {
  const split = args.indexOf('--')
  const own = split < 0 ? args : args.slice(0, split)
  const command = split < 0 ? [] : args.slice(split + 1)
  const problems: string[] = []
  let values: Values = {}
  let positionals: string[] = []
  try {
    ;({ values, positionals } = parseArgs({
      args: [...own],
      allowPositionals: true,
      options: {
        cassette: { type: 'string' },
        amqp: { type: 'string', multiple: true },
        kafka: { type: 'string', multiple: true },
        root: { type: 'string' },
        report: { type: 'string' },
        pin: { type: 'boolean' },
        'real-time': { type: 'boolean' },
        passthrough: { type: 'string', multiple: true },
        help: { type: 'boolean', short: 'h' },
      },
    }))
  } catch (error) {
    problems.push(error instanceof Error ? error.message.split('\n')[0]! : String(error))
  }
  if (values.help === true || (args.length === 1 && args[0] === 'help')) return { kind: 'help' }
  const [word, ...rest] = positionals
  if (problems.length === 0 && (word === 'serve' || word === 'proxy')) {
    return loopback(word, rest, values, command, folder)
  }
  const mode = modes.find((one) => one === word)
  if (problems.length === 0 && mode === undefined) {
    problems.push(
      word === undefined ? 'say what to do: record, replay or auto' : `"${word}" must be one of ${modes.join(', ')}`,
    )
  }
  if (mode !== undefined && rest.length > 0)
    problems.push(`put the command behind --: vcr ${mode} -- ${rest.join(' ')}`)
  const [program, ...programArgs] = command
  if (mode !== undefined && rest.length === 0 && (program === undefined || program === '')) {
    problems.push(`say which program to run: vcr ${mode} -- node service.js`)
  }
  for (const name of ['cassette', 'root', 'report'] as const) {
    if (values[name] === '') problems.push(`--${name} is empty`)
  }
  if (problems.length > 0 || mode === undefined || program === undefined) return { kind: 'wrong', problems }
  return {
    kind: 'run',
    request: {
      mode,
      command: [program, ...programArgs],
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
  const [cassette, ...more] = rest
  if (cassette === undefined) problems.push(`say which cassette: vcr ${word} NAME`)
  if (more.length > 0) problems.push(`put the command behind --: vcr ${word} ${cassette} -- ${more.join(' ')}`)
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
