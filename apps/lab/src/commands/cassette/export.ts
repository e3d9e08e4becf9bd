import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { CassetteReader } from '@x07-lab/msg-core/format'
import { escapeControls, whyFailed } from '@x07-lab/msg-core/kit'
import { messagesOf as messagesIn, viewEntry } from '../../inspect/entry-view.ts'
import { otlpTrace } from '../../inspect/trace.ts'
import { checkWayTo, writeOutput } from '../../results/write-output.ts'
import type { Carried, LineForm, Lose } from '../../transfer/form.ts'
import { lineForms, type LineFormName } from '../../transfer/index.ts'
import type { ExportForm } from '../../transfer/names.ts'
import { toRabtap } from '../../transfer/rabbit.ts'
import { exitCodes, UserError, type ExitCode } from '../../user-error.ts'
import { openLocated } from './locate.ts'

/** What of a cassette goes out, and how. */
export interface ExportRequest {
  readonly file: string
  readonly to: ExportForm
  /** `deliveries` (default where there are any) or `publishes`. */
  readonly of?: 'deliveries' | 'publishes' | undefined
  /** The file, or rabtap's folder; default standard output. */
  readonly out?: string | undefined
}

/** Losses told one by one. */
const toldLosses = 20

/** Writes messages in the form of another tool. Ends with 1 where something of them could not be carried, which is told. */
export async function exportCassette(
  root: string,
  request: ExportRequest,
  stdout: Writable,
  note: (line: string) => void,
): Promise<ExitCode> {
  using cassette = openLocated(root, request.file)
  const messages = messagesOf(cassette, request.of)
  let losses = 0
  const lose: Lose = (where, what) => {
    losses++
    if (losses <= toldLosses) note(`${request.to} cannot carry of ${where}: ${what}`)
  }
  if (request.to === 'rabtap') writeFolder(root, messages, request.out, lose)
  else if (request.to === 'otlp') await writeParts(root, escaped(otlpTrace(cassette)), request.out, stdout)
  else await writeLines(root, lineForms[request.to], messages, request.out, stdout, lose)
  if (losses > toldLosses) note(`${losses - toldLosses} more that ${request.to} cannot carry`)
  return losses === 0 ? exitCodes.ok : exitCodes.mismatch
}

function* messagesOf(cassette: CassetteReader, of: ExportRequest['of']): Generator<Carried> {
  const wanted = of ?? (hasDeliveries(cassette) ? 'deliveries' : 'publishes')
  for (let entry = 0; entry < cassette.count; entry++) {
    const view = viewEntry(cassette, entry)
    if (view.kind !== (wanted === 'deliveries' ? 'delivery' : 'publish')) continue
    for (const placed of messagesIn(view)) yield { ...placed, where: `entry ${entry}` }
  }
}

function hasDeliveries(cassette: CassetteReader): boolean {
  for (let entry = 0; entry < cassette.count; entry++) {
    if (viewEntry(cassette, entry).kind === 'delivery') return true
  }
  return false
}

async function writeLines(
  root: string,
  form: (typeof lineForms)[LineFormName],
  messages: Iterable<Carried>,
  out: string | undefined,
  stdout: Writable,
  lose: Lose,
): Promise<void> {
  if (!('write' in form)) throw new TypeError('a form that is offered for export can be written')
  const plain = form.write(messages, lose)
  await writeParts(root, ended(out === undefined ? forStandardOutput(plain, form, lose) : plain), out, stdout)
}

async function writeParts(
  root: string,
  parts: Iterable<string>,
  out: string | undefined,
  stdout: Writable,
): Promise<void> {
  if (out === undefined) await pipeline(Readable.from(parts), stdout, { end: false })
  else await writeOutput(root, out, parts)
}

/** JSON in which nothing steers a terminal: its escapes mean the same, and its line ends are not in any text. */
function* escaped(parts: Iterable<string>): Generator<string> {
  for (const part of parts) yield part.split('\n').map(escapeControls).join('\n')
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}

/**
 * Standard output may be a terminal, which nothing from a cassette steers: in JSON escapes mean the same, in a table they are shown,
 * and a line whose bytes another program reads as they are is left out.
 */
function* forStandardOutput(lines: Iterable<string>, form: LineForm, lose: Lose): Generator<string> {
  for (const line of lines) {
    if (form.exact !== true) {
      yield escapeControls(line)
    } else if (line.split('\t').every((part) => escapeControls(part) === part)) {
      yield line
    } else {
      lose('a message', 'control characters on standard output; give a file with --out')
    }
  }
}

/** rabtap publishes a folder in the order of the times of receipt: one nanosecond apart here, from the beginning of time. */
function writeFolder(root: string, messages: Iterable<Carried>, out: string | undefined, lose: Lose): void {
  if (out === undefined)
    throw new UserError("cassette export --to rabtap: give a folder with --out; rabtap's form is one file a message")
  const folder = resolve(out)
  try {
    checkWayTo(root, folder)
    mkdirSync(folder, { recursive: true })
    if (readdirSync(folder).length > 0) throw new Error('it is not empty')
    let number = 0
    for (const carried of messages) {
      const received = `1970-01-01T00:00:00.${String(number).padStart(9, '0')}Z`
      writeFileSync(join(folder, `rabtap-${number}.json`), toRabtap(carried, received, lose), { flag: 'wx' })
      writeFileSync(join(folder, `rabtap-${number}.dat`), carried.message.value ?? new Uint8Array(0), { flag: 'wx' })
      number++
    }
  } catch (cause) {
    if (cause instanceof UserError) throw cause
    throw new UserError(`write ${out}: ${whyFailed(cause)}; give an empty folder with --out`, exitCodes.environment, {
      cause,
    })
  }
}
