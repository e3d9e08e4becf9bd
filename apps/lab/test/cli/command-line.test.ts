import { describe, expect, test } from 'vitest'
import { commands } from '../../src/cli/commands.ts'
import type { OptionValues } from '@x07-lab/msg-core/command-line'
import { parseCommandLine } from '../../src/cli/parse.ts'
import { recordRequest, replayRequest } from '../../src/commands/request.ts'
import { UserError } from '../../src/user-error.ts'

function mistake(args: readonly string[]): string {
  try {
    const parsed = parseCommandLine(args)
    if (parsed.kind === 'command' && parsed.name === 'record') recordRequest(parsed.options)
    if (parsed.kind === 'command' && parsed.name === 'replay') replayRequest(parsed.options)
  } catch (error) {
    if (error instanceof UserError && error.exitCode === 2) return error.message
    throw error
  }
  return 'none'
}

const cassetteRule =
  'give a path below .x07_rr/, such as orders.rrbin; it may not be absolute, nor hold "..", "." or empty segments, backslashes, a segment that starts with ".x07_", or control characters'

describe('a mistake in the command line is told in one line', () => {
  test.each([
    ['record --messages 0', '--messages "0": give a whole number from 1 to 100000000'],
    ['record --messages -1', '--messages "-1": give a whole number from 1 to 100000000'],
    ['record --messages=-1', '--messages "-1": give a whole number from 1 to 100000000'],
    ['record --messages 100000001', '--messages "100000001": give a whole number from 1 to 100000000'],
    ['record --messages 1e3', '--messages "1e3": give a whole number from 1 to 100000000'],
    ['record --messages 1.5', '--messages "1.5": give a whole number from 1 to 100000000'],
    ['record --seed 9007199254740992', '--seed "9007199254740992": give a whole number from 0 to 9007199254740991'],
    ['record --massages', 'record: unknown option --massages, did you mean --messages?; see pnpm lab record --help'],
    ['record --constructor', 'record: unknown option --constructor; see pnpm lab record --help'],
    ['record --seed', 'record: --seed wants a value (S); see pnpm lab record --help'],
    [
      'record --seed 1 --driver memory --seed 1 --driver amqp',
      'record: --seed is given more than once; --driver is given more than once; see pnpm lab record --help',
    ],
    ['record --json=yes', 'record: --json takes no value; see pnpm lab record --help'],
    [
      'record --mode record --driver redis',
      'record: --mode "record" must be one of off, record_v1, replay_v1, record_missing_v1, rewrite_v1, did you mean record_v1?; --driver "redis" must be one of amqp, kafka, memory; see pnpm lab record --help',
    ],
    ['demo extra', 'demo: unexpected argument "extra"; see pnpm lab demo --help'],
    [
      'replay orders',
      'replay: unexpected argument "orders", did you mean --cassette orders?; see pnpm lab replay --help',
    ],
    ['record --idle 5', '--idle says when workers are done: give --workers too'],
    ['record --run a.b', '--run "a.b": give 1 to 40 letters, digits and hyphens'],
    ['record --cassette ../x', `--cassette "../x": ${cassetteRule}`],
    ['record --cassette /x', `--cassette "/x": ${cassetteRule}`],
    ['record --cassette a//b', `--cassette "a//b": ${cassetteRule}`],
    ['record --cassette a\\x', String.raw`--cassette "a\\x": ${cassetteRule}`],
    ['record --cassette .x07_rr/', `--cassette ".x07_rr/": ${cassetteRule}`],
    ['record --cassette a/.x07_rr/x', `--cassette "a/.x07_rr/x": ${cassetteRule}`],
    ['record --cassette a\u0007', `--cassette "a\\u0007": ${cassetteRule}`],
    ['record --cassette=', `--cassette "": ${cassetteRule}`],
    ['record --key id --input -', '--key "id": not a JSON Pointer; write for example /customer/id'],
    ['record --key /id', '--key goes with --input'],
    ['record --input - --seed 1 --messages 5', '--input brings its own events: leave out --messages and --seed'],
    ['record --input=', '--input "": give a file, or - for standard input'],
    [
      'record --driver memory --foreign 1',
      '--foreign waits for messages that others publish, and nobody else reaches --driver memory',
    ],
    ['record --out=', '--out "": give a folder'],
    ['replay --input - --cassette a --cassette b', 'replay: --input, --messages and --seed go with one --cassette'],
    ['recrod', 'unknown command "recrod", did you mean record?; see pnpm lab --help'],
    [
      'cassette',
      'cassette wants one of ls, show, stats, delivery, page, export, import, dump, roundtrip, verify, diff, repair, review, clean; see pnpm lab cassette --help',
    ],
    [
      'cassette look',
      'unknown command "cassette look", there are ls, show, stats, delivery, page, export, import, dump, roundtrip, verify, diff, repair, review, clean; see pnpm lab cassette --help',
    ],
    ['cassette diff', 'cassette diff: NAME and NAME missing; see pnpm lab cassette diff --help'],
    ['cassette diff a', 'cassette diff: another NAME missing; see pnpm lab cassette diff --help'],
    ['brokers up redis', 'brokers up: "redis" must be one of amqp, kafka; see pnpm lab brokers up --help'],
    ['help recrod', 'unknown command "recrod", did you mean record?; see pnpm lab --help'],
    [
      'cassette shwo',
      'unknown command "cassette shwo", did you mean cassette show? there are ls, show, stats, delivery, page, export, import, dump, roundtrip, verify, diff, repair, review, clean; see pnpm lab cassette --help',
    ],
    ['record --mesages=4', 'record: unknown option --mesages, did you mean --messages?; see pnpm lab record --help'],
    ['toString', 'unknown command "toString"; see pnpm lab --help'],
  ])('%s', (line, message) => {
    expect(mistake(line.split(' '))).toBe(message)
  })
})

const optionsOf = (line: string): OptionValues => {
  const parsed = parseCommandLine(line.split(' '))
  return parsed.kind === 'command' ? parsed.options : {}
}

test.each(['x', './x', '.x07_rr/x', './.x07_rr/x'])('--cassette %s is one below .x07_rr/', (name) => {
  expect(recordRequest(optionsOf(`record --cassette ${name}`)).cassette).toBe('x')
  expect(replayRequest(optionsOf(`replay --cassette ${name}`)).cassettes).toEqual(['x'])
})

test('a recording without options is 1,000 messages of seed 1 from RabbitMQ, over what is there', () => {
  expect(recordRequest(optionsOf('record'))).toEqual({
    driver: 'amqp',
    input: { kind: 'seed', messages: 1000, seed: 1 },
    cassette: 'lab.rrbin',
    mode: 'rewrite_v1',
    policy: 'lab_rr_v1',
    out: undefined,
    run: undefined,
    foreign: 0,
    lostAfterMs: 25_000,
    keep: false,
    ignoreDisk: false,
    json: false,
  })
})

test('a replay without options plays the default cassette with what was recorded', () => {
  expect(replayRequest(optionsOf('replay'))).toEqual({
    cassettes: ['lab.rrbin'],
    input: undefined,
    match: 'strict',
    policy: 'lab_rr_v1',
    profile: 'rr_replay',
    out: undefined,
    json: false,
    shard: undefined,
    speed: undefined,
    step: false,
  })
  expect(replayRequest(optionsOf('replay --profile ci_replay')).cassettes).toEqual([])
  expect(replayRequest(optionsOf('replay --seed 2')).input).toEqual({ kind: 'seed', messages: undefined, seed: 2 })
})

test.each(['', '--help', '-h', 'help'])('"%s" lists every command with its summary', (line) => {
  const parsed = parseCommandLine(line === '' ? [] : [line])
  const text = parsed.kind === 'help' ? parsed.text : ''
  const lines = text.split('\n').map((one) => one.trim().replace(/ {2,}/, ' | '))
  for (const { name, summary } of Object.values(commands)) expect(lines).toContain(`${name} | ${summary}`)
})

test.each(['brokers --help', 'brokers -h', 'help brokers'])(
  '%s lists the commands of the group and no others',
  (line) => {
    expect(parseCommandLine(line.split(' '))).toEqual({
      kind: 'help',
      text: `usage: pnpm lab brokers COMMAND [OPTIONS]

  brokers up [amqp|kafka]      start a broker, or find the one that runs
  brokers down [amqp|kafka]    stop the brokers that brokers up started
  brokers status [amqp|kafka]  which brokers answer

pnpm lab brokers COMMAND --help tells the options of a command.`,
    })
  },
)

test.each(Object.values(commands))('--help of $name tells each of its options', ({ name, options }) => {
  const parsed = parseCommandLine([...name.split(' '), '--help'])
  const text = parsed.kind === 'help' ? parsed.text : ''
  expect(text.split('\n')[0]).toMatch(new RegExp(`^usage: pnpm lab ${name}\\b.*\\[OPTIONS\\]$`))
  for (const option of Object.keys(options)) expect(text).toMatch(new RegExp(`^  --${option} .*\\S$`, 'm'))
})

test.each(Object.values(commands))('help $name is the same as $name --help', ({ name }) => {
  expect(parseCommandLine(['help', ...name.split(' ')])).toEqual(parseCommandLine([...name.split(' '), '--help']))
})
