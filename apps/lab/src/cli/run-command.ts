import { realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Writable } from 'node:stream'
import type { BrokerDeps } from '../brokers/index.ts'
import type { BrokersAction } from '../commands/brokers.ts'
import type { ShowRequest } from '../commands/cassette/show.ts'
import type { ReplayRequest } from '../commands/request.ts'
import type { WatchRequest } from '../commands/watch.ts'
import type { CommandResult } from '../commands/result.ts'
import type { Log, LogLevel } from '@x07-lab/obs'
import type { ExportForm, ImportForm } from '../transfer/names.ts'
import { findRoot, programRoot } from '../root.ts'
import { exitCodes, UserError } from '../user-error.ts'
import type { LaunchRequest } from '../sandbox/launch.ts'
import type { Console } from './console.ts'
import type { Parsed } from './parse.ts'
import { printJson, printLines } from './stdout.ts'
import { text, wholeNumber } from './values.ts'

type Command = Extract<Parsed, { kind: 'command' }>

/** What running a command takes from outside. */
export interface Surroundings {
  readonly console: Console
  readonly stdout: Writable & { readonly columns?: number }
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Where what is done is logged too, and the least level of it. */
  readonly log?: { readonly log: Log; readonly level: LogLevel }
  /** Runs a recording or a replay in a process of its own. */
  readonly launch: (request: LaunchRequest) => Promise<number>
}

/** Runs a command and gives its exit code. Each loads only what it needs: the start is most of what a short command takes. */
export async function runCommand(command: Command, surroundings: Surroundings): Promise<number> {
  const { console, stdout, cwd, env, launch, log } = surroundings
  const root = findRoot(realpathSync(cwd))
  const note = (line: string): void => console.note(line)
  const where = { root, cwd, env, launch, note, ...(log === undefined ? {} : { log }) }
  const { options, positionals } = command
  const [file = ''] = positionals
  const print = async ({ document, lines, exitCode }: CommandResult): Promise<number> => {
    if (options['json'] === true) await printJson(stdout, await canonical(document))
    else printLines(stdout, lines)
    return exitCode
  }
  switch (command.name) {
    case 'record': {
      const workers = given(options, 'workers')
      if (workers !== undefined) {
        const { runWorkers } = await import('../workers/run-workers.ts')
        return print(await runWorkers(workers, options, where, (line) => console.note(line)))
      }
      const [{ runRecord }, { recordRequest }] = await Promise.all([
        import('./run-sandboxed.ts'),
        import('../commands/request.ts'),
      ])
      return runRecord(recordRequest(options), where)
    }
    case 'replay': {
      const [{ runReplay }, { replayRequest }] = await Promise.all([
        import('./run-sandboxed.ts'),
        import('../commands/request.ts'),
      ])
      const request = replayRequest(options)
      if (options['watch'] === true) {
        const { watchReplay } = await import('../commands/watch.ts')
        return watchReplay(watchRequest(command, request, where), stdout)
      }
      const faults = given(options, 'faults')
      if (faults === undefined) return runReplay(request, where)
      const { deriveAll } = await import('../commands/fault.ts')
      return runReplay({ ...request, faults: await deriveAll(root, resolve(cwd, faults), request.cassettes) }, where)
    }
    case 'work': {
      const [{ runRecord }, { workRequest }] = await Promise.all([
        import('./run-sandboxed.ts'),
        import('../commands/request.ts'),
      ])
      return runRecord(workRequest(options), where)
    }
    case 'merge':
      return print(await (await import('../commands/merge.ts')).merge(root, file, given(options, 'out')))
    case 'merge-reports':
      return print((await import('../commands/merge-reports.ts')).mergeReports(cwd, positionals))
    case 'fault': {
      const request = { name: file, plan: given(options, 'plan'), cassette: given(options, 'cassette') }
      return print(await (await import('../commands/fault.ts')).fault(root, cwd, request))
    }
    case 'demo': {
      const [{ demo }, { runRecord, runReplay }] = await Promise.all([
        import('../commands/demo.ts'),
        import('./run-sandboxed.ts'),
      ])
      const nested = { ...where, results: 'stderr', evenInCi: true } as const
      return print(
        await demo({
          root,
          deps: await brokerDeps(surroundings),
          console,
          record: (more) => runRecord(more, nested),
          replay: (more) => runReplay(more, nested),
        }),
      )
    }
    case 'test': {
      const { runFixtureTests } = await import('../fixtures/run.ts')
      const more = { json: options['json'] === true, note: (line: string) => console.note(line) }
      return print(await runFixtureTests(text(options, 'manifest', 'tests/tests.json'), { ...where, ...more }))
    }
    case 'cassette ls':
      return print(await (await import('../commands/cassette/ls.ts')).ls(root))
    case 'cassette show': {
      const [{ show }, { paged }] = await Promise.all([import('../commands/cassette/show.ts'), import('./pager.ts')])
      const request = showRequest(file, options, stdout)
      if (options['follow'] === true)
        return (await import('../commands/cassette/follow.ts')).follow(root, request, stdout, note)
      return request.json === true
        ? show(root, request, stdout, note)
        : paged(stdout, env, (output) => show(root, request, output, note))
    }
    case 'cassette stats':
      return print((await import('../commands/cassette/stats.ts')).stats(root, file))
    case 'cassette delivery':
      return print((await import('../commands/cassette/delivery.ts')).delivery(root, file))
    case 'cassette page': {
      const { page } = await import('../commands/cassette/page.ts')
      const [report, out] = [given(options, 'report'), given(options, 'out')]
      return print(await page(root, { files: positionals, report, out, open: options['open'] === true }))
    }
    case 'cassette export': {
      const { exportCassette } = await import('../commands/cassette/export.ts')
      const to = (given(options, 'to') ?? 'ndjson') as ExportForm
      const of = given(options, 'of') as 'deliveries' | 'publishes' | undefined
      return exportCassette(root, { file, to, of, out: given(options, 'out') }, stdout, (line) => console.note(line))
    }
    case 'cassette import': {
      const { importMessages } = await import('../commands/cassette/import.ts')
      return print(
        await importMessages(root, {
          file,
          cwd,
          stdin: () => process.stdin,
          from: (given(options, 'from') ?? 'ndjson') as ImportForm,
          cassette: given(options, 'cassette') ?? 'imported.rrbin',
          topic: given(options, 'topic'),
          wire: given(options, 'wire') as 'kafka' | 'amqp' | undefined,
          endpoint: given(options, 'endpoint'),
        }),
      )
    }
    case 'cassette dump':
      await (await import('../commands/cassette/dump.ts')).dump(root, file, stdout)
      return exitCodes.ok
    case 'cassette roundtrip':
      return print((await import('../commands/cassette/roundtrip.ts')).roundtrip(root, positionals))
    case 'cassette verify': {
      const { secretsOf } = await import('@x07-lab/msg-core/redact')
      const secrets = options['secrets'] === true ? secretsOf(env) : undefined
      return print((await import('../commands/cassette/verify.ts')).verify(root, positionals, secrets))
    }
    case 'cassette diff':
      return print(
        (await import('../commands/cassette/diff.ts')).diff(root, positionals, { timing: options['timing'] === true }),
      )
    case 'cassette repair':
      return print((await import('../commands/cassette/repair.ts')).repair(root, file))
    case 'cassette review':
      return print((await import('../commands/cassette/review.ts')).review(root, file))
    case 'cassette clean':
      return print((await import('../commands/cassette/clean.ts')).clean(root, Date.now()))
    case 'brokers up':
    case 'brokers down':
    case 'brokers status': {
      const { brokers } = await import('../commands/brokers.ts')
      const action = command.name.slice('brokers '.length) as BrokersAction
      return print(await brokers(action, positionals[0], await brokerDeps(surroundings)))
    }
  }
}

function watchRequest(
  { options }: Command,
  { input, json }: ReplayRequest,
  { root, cwd }: { readonly root: string; readonly cwd: string },
): WatchRequest {
  const path = input?.kind === 'file' ? input.path : undefined
  if (json || path === '-') {
    throw new UserError('replay: --watch shows what changes, without --json, of an input that is a file')
  }
  const args = Object.entries(options).flatMap(([name, value]) => {
    if (name === 'watch' || value === undefined || value === false) return []
    return value === true ? [`--${name}`] : [value].flat().map((one) => `--${name}=${one}`)
  })
  return { args: ['replay', ...args], root, cwd, input: path === undefined ? undefined : resolve(cwd, path) }
}

function given(options: Command['options'], name: string): string | undefined {
  const value = options[name]
  return typeof value === 'string' ? value : undefined
}

function showRequest(file: string, options: Command['options'], stdout: Surroundings['stdout']): ShowRequest {
  return {
    file,
    entry: wholeNumber(options, 'entry', { least: 0, most: 0xffff_ffff, byDefault: undefined }),
    filter: {
      op: given(options, 'op'),
      lane: given(options, 'lane'),
      key: given(options, 'key'),
      grep: given(options, 'grep'),
    },
    divergent: given(options, 'divergent'),
    format: given(options, 'format'),
    json: options['json'] === true,
    columns: stdout.columns,
  }
}

async function canonical(document: unknown): Promise<string> {
  const { canonicalJson } = await import('@x07-lab/msg-core/json')
  return canonicalJson(document)
}

async function brokerDeps({ env, console }: Surroundings): Promise<BrokerDeps> {
  const { systemDeps } = await import('../brokers/index.ts')
  return systemDeps({ env, repo: programRoot, progress: (line) => console.note(line) })
}
