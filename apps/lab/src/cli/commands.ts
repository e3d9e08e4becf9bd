import type { CommandSpec, OptionSpec } from '@x07-lab/msg-core/command-line'
import { exportForms, importForms } from '../transfer/names.ts'

/** Options of every command. */
export const generalOptions = {
  log: { type: 'string', value: 'FILE', help: 'add to this file what is done' },
  'log-level': {
    type: 'string',
    value: 'LEVEL',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'the least that is logged: debug, info (default), warn, error',
  },
  'log-format': {
    type: 'string',
    value: 'FORMAT',
    choices: ['text', 'json'],
    help: 'text (default), or json (default for FILE.jsonl): one object a line',
  },
} as const satisfies Readonly<Record<string, OptionSpec>>

const json: OptionSpec = { type: 'boolean', help: 'print one JSON document on standard output, nothing else' }
const drivers = ['amqp', 'kafka', 'memory']
const modes = ['off', 'record_v1', 'replay_v1', 'record_missing_v1', 'rewrite_v1']

const byKeyHelp = 'workers on RabbitMQ: all messages of a key to the same one, by a consistent hash exchange'

/** The whole command line, as data. */
export const commands = {
  record: {
    name: 'record',
    summary: 'run against a real broker and write a cassette',
    options: {
      driver: { type: 'string', value: 'NAME', choices: drivers, help: 'amqp (default), kafka or memory' },
      messages: { type: 'string', value: 'N', help: 'how many events to make up, from 1 (default 1000)' },
      seed: { type: 'string', value: 'S', help: 'what to make them from, 0 to 2^53 - 1 (default 1)' },
      input: {
        type: 'string',
        value: 'FILE',
        help: 'your own events instead, one JSON value a line; - for standard input',
      },
      key: { type: 'string', value: 'POINTER', help: 'JSON Pointer of the key in each event (default /key)' },
      cassette: { type: 'string', value: 'NAME.rrbin', bare: true, help: 'file below .x07_rr/ (default lab.rrbin)' },
      mode: {
        type: 'string',
        value: 'MODE',
        choices: modes,
        help: 'rewrite_v1 (default: replace), record_v1 (never replace), record_missing_v1 (take what is there, record the rest), replay_v1 or off (no cassette)',
      },
      policy: { type: 'string', value: 'ID', help: 'record/replay policy in arch/rr (default lab_rr_v1)' },
      out: { type: 'string', value: 'DIR', help: 'folder for the results (default out/os_record)' },
      run: { type: 'string', value: 'NAME', help: 'suffix of topics and queues on the broker (default: made anew)' },
      foreign: { type: 'string', value: 'N', help: 'also wait for N messages that others publish (default 0)' },
      'lost-after': {
        type: 'string',
        value: 'SECONDS',
        help: 'give up when confirmed messages do not come for so long (default 25; sooner when the broker has none)',
      },
      metrics: {
        type: 'string',
        value: 'HOST:PORT',
        help: 'serve the metrics there while it records, for Prometheus (127.0.0.1:9464)',
      },
      workers: {
        type: 'string',
        value: 'N',
        help: 'share topic and work among N processes of this machine, and merge what they record',
      },
      idle: {
        type: 'string',
        value: 'SECONDS',
        help: 'with --workers: done once nothing has come for so long (default 15)',
      },
      'by-key': { type: 'boolean', help: byKeyHelp },
      keep: { type: 'boolean', help: 'leave the topics and queues of this run on the broker' },
      'ignore-disk': { type: 'boolean', help: 'record although the disk has less room than the messages will take' },
      json,
    },
  },
  replay: {
    name: 'replay',
    summary: 'run from a cassette, with no broker and no network, and compare the results',
    options: {
      cassette: {
        type: 'string',
        value: 'NAME',
        multiple: true,
        bare: true,
        help: 'file below .x07_rr/ (default lab.rrbin); may be repeated',
      },
      input: {
        type: 'string',
        value: 'FILE',
        help: 'publish these events instead of the recorded ones; - for standard input',
      },
      messages: {
        type: 'string',
        value: 'N',
        help: 'make up so many events (default as recorded) instead of the recorded ones',
      },
      seed: {
        type: 'string',
        value: 'S',
        help: 'make up events from this seed (default as recorded) instead of the recorded ones',
      },
      key: {
        type: 'string',
        value: 'POINTER',
        help: 'JSON Pointer of the key in each event of --input (default /key)',
      },
      match: {
        type: 'string',
        value: 'MODE',
        choices: ['strict', 'x07'],
        help: 'strict (default): compare what is published; x07: do not',
      },
      policy: { type: 'string', value: 'ID', help: 'record/replay policy in arch/rr (default lab_rr_v1)' },
      profile: {
        type: 'string',
        value: 'NAME',
        choices: ['rr_replay', 'ci_replay'],
        help: 'ci_replay replays every committed cassette',
      },
      speed: {
        type: 'string',
        value: 'FACTOR',
        help: "1 for the recording's own pace, 10 for ten times that, max (default) for as fast as it goes",
      },
      step: { type: 'boolean', help: 'ask on standard input before each thing that the broker does' },
      shard: {
        type: 'string',
        value: 'K/N',
        help: 'only the K-th of N parts of the cassettes, shared out by their bytes; merge-reports puts the parts together',
      },
      faults: {
        type: 'string',
        value: 'FOLDER',
        help: 'derive cassettes by every plan of this folder, and report which break the program',
      },
      out: { type: 'string', value: 'DIR', help: 'folder for the results (default out/rr_replay)' },
      watch: { type: 'boolean', help: 'replay again when a source, a contract, the cassette or the input changes' },
      json,
    },
  },
  work: {
    name: 'work',
    summary: 'one of several workers that share a topic by a consumer group: publish a part, consume what comes',
    options: {
      group: {
        type: 'string',
        value: 'NAME',
        help: 'the same for all workers: suffix of topic and group on the broker',
      },
      shard: { type: 'string', value: 'K/N', help: 'which of how many workers: it publishes the keys that fall to it' },
      driver: { type: 'string', value: 'NAME', choices: ['kafka', 'amqp'], help: 'kafka (default) or amqp' },
      messages: { type: 'string', value: 'N', help: 'how many events all workers make up together (default 1000)' },
      seed: { type: 'string', value: 'S', help: 'what to make them from (default 1)' },
      cassette: {
        type: 'string',
        value: 'NAME.rrbin',
        help: 'below .x07_rr/, as NAME.K-of-N.rrbin (default lab.rrbin)',
      },
      idle: { type: 'string', value: 'SECONDS', help: 'done once nothing has come for so long (default 15)' },
      'by-key': { type: 'boolean', help: byKeyHelp },
      policy: { type: 'string', value: 'ID', help: 'record/replay policy in arch/rr (default lab_rr_v1)' },
      out: { type: 'string', value: 'DIR', help: 'folder for the results (default out/os_record)' },
      json,
    },
  },
  merge: {
    name: 'merge',
    summary: 'one aggregate, report and metrics of the cassettes of all workers',
    options: { out: { type: 'string', value: 'DIR', help: 'folder for the results (default out/merged)' }, json },
    positionals: ['NAME'],
  },
  'merge-reports': {
    name: 'merge-reports',
    summary: 'what the shards of a replay came to together',
    options: { json },
    positionals: ['FILE…'],
  },
  fault: {
    name: 'fault',
    summary: 'derive a cassette from a recording by a plan of faults',
    options: {
      plan: { type: 'string', value: 'FILE', help: 'the plan, such as arch/vcr/duplicate.fault.json' },
      cassette: { type: 'string', value: 'NAME', help: 'file below .x07_rr/ (default NAME.fault-PLAN.rrbin)' },
      json,
    },
    positionals: ['NAME'],
  },
  demo: {
    name: 'demo',
    summary: 'record, replay and compare, with whatever broker this machine has',
    options: { json },
  },
  test: {
    name: 'test',
    summary: 'run the tests of a manifest over their fixtures, with no broker and no network (fixture mode)',
    options: {
      manifest: { type: 'string', value: 'FILE', bare: true, help: 'the manifest (default tests/tests.json)' },
      json,
    },
  },
  'cassette ls': { name: 'cassette ls', summary: 'list the cassettes of this project', options: { json } },
  'cassette show': {
    name: 'cassette show',
    summary: 'the messages of a cassette, decoded: a line each, or one whole',
    options: {
      entry: { type: 'string', value: 'N', help: 'this entry whole: headers, body, what caused it and what it caused' },
      op: { type: 'string', value: 'TEXT', help: 'only entries whose op has this text, such as publish or poll' },
      lane: {
        type: 'string',
        value: 'TEXT',
        help: 'only entries whose lane (endpoint, connection, channel) has this text',
      },
      key: { type: 'string', value: 'TEXT', help: 'only messages whose key has this text' },
      grep: {
        type: 'string',
        value: 'TEXT',
        help: 'only entries with this text in topic, key, headers, properties or body',
      },
      divergent: { type: 'string', value: 'FILE', help: 'only the entries that this report (of replay --json) names' },
      format: { type: 'string', value: 'TEMPLATE', help: "a line each by a template: '{entry} {key} {value}'" },
      follow: { type: 'boolean', help: 'go on with what is recorded into it, until the recording ends' },
      json: { type: 'boolean', help: 'one JSON object a line' },
    },
    positionals: ['NAME'],
  },
  'cassette stats': {
    name: 'cassette stats',
    summary: 'lanes, results and seal of a cassette, in numbers',
    options: { json },
    positionals: ['NAME'],
  },
  'cassette delivery': {
    name: 'cassette delivery',
    summary: 'whether every message of a cassette was delivered, in order, and settled once',
    options: { json },
    positionals: ['NAME'],
  },
  'cassette page': {
    name: 'cassette page',
    summary: 'one HTML file that shows a cassette, or two compared, in a browser',
    options: {
      report: { type: 'string', value: 'FILE', help: 'mark the divergences of this report (of replay --json)' },
      out: { type: 'string', value: 'FILE.html', help: 'where it goes (default out/pages/NAME.html)' },
      open: { type: 'boolean', help: 'open it in the browser' },
      json,
    },
    positionals: ['NAME…'],
  },
  'cassette export': {
    name: 'cassette export',
    summary: 'the messages of a cassette in the form of another tool',
    options: {
      to: {
        type: 'string',
        value: 'FORM',
        choices: exportForms,
        help: 'ndjson (default, carries everything), kcat (kcat -J), kcat-lines (for kcat -P -Z -K), csv, rabtap (a folder), otlp (spans, OTLP/JSON)',
      },
      of: {
        type: 'string',
        value: 'WHICH',
        choices: ['deliveries', 'publishes'],
        help: 'deliveries (default where there are any) or publishes',
      },
      out: { type: 'string', value: 'FILE', help: "the file, or rabtap's folder (default standard output)" },
    },
    positionals: ['NAME'],
  },
  'cassette import': {
    name: 'cassette import',
    summary: 'a cassette made of messages that another tool wrote',
    options: {
      from: {
        type: 'string',
        value: 'FORM',
        choices: importForms,
        help: 'ndjson (default), kcat (kcat -C -J), console-consumer, rabtap (a folder), firehose (rabbitmq_tracing, JSON)',
      },
      cassette: { type: 'string', value: 'NAME', help: 'file below .x07_rr/ (default imported.rrbin)' },
      topic: { type: 'string', value: 'TOPIC', help: 'the topic, where the form does not say it (console-consumer)' },
      wire: {
        type: 'string',
        value: 'WIRE',
        choices: ['kafka', 'amqp'],
        help: 'whose messages they are, where the form does not say it (ndjson; default kafka)',
      },
      endpoint: {
        type: 'string',
        value: 'ID',
        help: 'the arch profile they stand for (default local_kafka_v1 or local_amqp_v1)',
      },
      json,
    },
    positionals: ['FILE'],
  },
  'cassette dump': {
    name: 'cassette dump',
    summary: 'every entry, one JSON object a line',
    options: { json },
    positionals: ['NAME'],
  },
  'cassette roundtrip': {
    name: 'cassette roundtrip',
    summary: 'decode and encode again, compare the bytes',
    options: { json },
    positionals: ['NAME…'],
  },
  'cassette verify': {
    name: 'cassette verify',
    summary: 'check entries and seal',
    options: {
      secrets: {
        type: 'boolean',
        help: 'look for credentials too, and for values of secret-like environment variables',
      },
      json,
    },
    positionals: ['NAME…'],
  },
  'cassette diff': {
    name: 'cassette diff',
    summary: 'where two cassettes differ, message by message',
    options: { timing: { type: 'boolean', help: 'latencies and begin positions too' }, json },
    positionals: ['NAME', 'NAME'],
  },
  'cassette repair': {
    name: 'cassette repair',
    summary: 'keep the whole entries of a torn cassette',
    options: { json },
    positionals: ['NAME'],
  },
  'cassette review': {
    name: 'cassette review',
    summary: 'the cassettes that differ from those of a commit, message by message, as Markdown',
    options: { json },
    positionals: ['COMMIT'],
  },
  'cassette clean': {
    name: 'cassette clean',
    summary: 'remove what runs that ended early left in .x07_rr/',
    options: { json },
  },
  'brokers up': {
    name: 'brokers up',
    summary: 'start a broker, or find the one that runs',
    options: { json },
    positionals: ['[amqp|kafka]'],
  },
  'brokers down': {
    name: 'brokers down',
    summary: 'stop the brokers that brokers up started',
    options: { json },
    positionals: ['[amqp|kafka]'],
  },
  'brokers status': {
    name: 'brokers status',
    summary: 'which brokers answer',
    options: { json },
    positionals: ['[amqp|kafka]'],
  },
} as const satisfies Record<string, CommandSpec>

export type CommandName = keyof typeof commands
