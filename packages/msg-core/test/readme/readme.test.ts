import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const program = join(import.meta.dirname, 'example.ts')

test('the program in the README is the one tested here', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8')
  expect(readme).toContain(`\`\`\`ts\n${await readFile(program, 'utf8')}\`\`\`\n`)
})

test('it records, then replays and prints the same', async () => {
  const cwd = await mkdtemp(join(tmpdir(), 'readme-'))
  try {
    const run = async (): Promise<{ stdout: string; stderr: string }> =>
      promisify(execFile)(process.execPath, [program], {
        cwd,
        // The second run takes what the first one compiled.
        env: { NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] },
      })
    const answer = "{ status: 'confirmed', answer: { position: '0' } }\n"
    expect(await run()).toEqual({ stdout: `${answer}record customer-7: {"amount":3}\n`, stderr: '' })
    expect(await run()).toEqual({ stdout: `${answer}replay customer-7: {"amount":3}\n`, stderr: '' })
  } finally {
    await rm(cwd, { recursive: true })
  }
})
