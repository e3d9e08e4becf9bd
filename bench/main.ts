import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { readOptions, type BenchOptions } from './options.ts'
import type { Measured, Row } from './row.ts'
import { rows } from './rows.ts'
import { json, table } from './table.ts'

const usage = `pnpm bench [--json] [--only NAME]… [--before FOLDER]

${rows.map(({ name, about }) => `  ${name.padEnd(12)}${about}`).join('\n')}
`

const note = (line: string): void => void process.stderr.write(`${line}\n`)

async function run(selected: readonly Row[], before: string | undefined): Promise<Measured[]> {
  const scratch = mkdtempSync(join(tmpdir(), 'x07-bench-'))
  const measured: Measured[] = []
  const context = {
    scratch,
    env: process.env,
    progress: (text: string) => note(`  ${text}`),
    ...(before === undefined ? {} : { before: resolve(process.env['INIT_CWD'] ?? '.', before) }),
  }
  try {
    for (const row of selected) {
      note(`${row.name}: ${row.about}`)
      for (const line of await row.run(context)) {
        if ('unavailable' in line) {
          note(`${line.name}: left out, ${line.unavailable}`)
        } else {
          note(`  ${table([line]).split('\n')[1] ?? ''}`)
          measured.push(line)
        }
      }
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
  return measured
}

async function main(options: BenchOptions): Promise<number> {
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const unknown = options.only.filter((name) => !rows.some((row) => row.name === name))
  if (unknown.length > 0) {
    note(`bench: no row is called ${unknown.join(' or ')}; there are ${rows.map(({ name }) => name).join(', ')}`)
    return 2
  }
  const measured = await run(
    rows.filter(({ name }) => options.only.length === 0 || options.only.includes(name)),
    options.before,
  )
  process.stdout.write(`${options.json ? json(measured) : table(measured)}\n`)
  return 0
}

function options(): BenchOptions | undefined {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    note(`bench: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

const asked = options()
process.exitCode = asked === undefined ? 2 : await main(asked)
