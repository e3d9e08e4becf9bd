import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { answers } from './answers.ts'
import { runVcr } from './run-vcr.ts'

const packages = join(import.meta.dirname, '..', '..')

/** The programs of the READMEs that speak to a broker, and its port. */
const programs = [
  ['msg-amqp', 'msg-amqp/test/readme/example.ts', 5672],
  ['msg-kafka', 'msg-kafka/test/readme/example.ts', 9092],
] as const

for (const [name, program, port] of programs) {
  test.runIf(await answers(port))(
    `the program in the README of ${name} is recorded and replayed, unchanged`,
    async () => {
      const root = await mkdtemp(join(tmpdir(), 'vcr-readme-'))
      try {
        const command = ['--root', root, '--cassette', 'readme', '--', process.execPath, join(packages, program)]
        const recorded = await runVcr(['record', ...command])
        const replayed = await runVcr(['replay', ...command])
        expect([recorded.code, recorded.stderr]).toEqual([0, expect.stringMatching(/^vcr: recorded /)])
        expect([replayed.code, replayed.stdout]).toEqual([0, recorded.stdout])
        expect(replayed.stderr).toContain('no divergence')
        const readme = await readFile(join(packages, name, 'README.md'), 'utf8')
        for (const line of recorded.stdout.trim().split('\n')) expect(readme).toContain(`// ${line}`)
      } finally {
        await rm(root, { recursive: true })
      }
    },
  )
}
