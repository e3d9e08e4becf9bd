import { describe, expect, test } from 'vitest'

import { recordServed } from './record-served.ts'
import { cassettes, node, runVcr } from './run-vcr.ts'

describe.concurrent('a program with children', () => {
  test('processes and threads that start at the same time find their own cassettes, in an environment of their own too', async () => {
    const { code, stdout, stderr } = await runVcr(['replay', '--root', cassettes, ...node('children.mjs')])
    expect(stderr.match(/worker-\d\.rrbin: \d+ entries, no divergence/g)).toHaveLength(4)
    expect(stdout).toBe('one spoke\ntwo spoke\nthree spoke\nfour spoke\n')
    expect(code).toBe(0)
  })

  test('a program that waits for a child of its own has not stalled', async () => {
    const args = ['replay', '--root', cassettes, '--cassette', 'service', ...node('parent.mjs')]
    const { code, stdout, stderr } = await runVcr(args)
    expect(stderr).toContain('no divergence')
    expect([code, stdout]).toEqual([0, 'hello Ada\nhello Grace\n'])
  })

  test('a child hears the signal of its parent when both have come so far: neither twice nor from the replay', () =>
    recordServed('prefork.mjs', [], async ({ ran, replay }) => {
      expect([ran.code, ran.stdout]).toEqual([0, 'hello Ada\nhello Grace\nended 0 null sent true\n'])
      for (const EARLY of ['', '1']) {
        const { code, stdout, stderr } = await replay({ EARLY })
        expect([code, stdout, stderr]).toEqual([0, ran.stdout, expect.stringContaining('no divergence')])
      }
    }))

  test('a child that its parent kills waits for that in a replay, and has said no more than is recorded', () =>
    recordServed(
      'prefork.mjs',
      [],
      async ({ ran, replay }) => {
        expect(ran.stdout).toBe('ended null SIGKILL sent true\n')
        const { code, stdout, stderr } = await replay()
        expect([code, stdout, stderr]).toEqual([0, ran.stdout, expect.stringContaining('no divergence')])
      },
      { env: { SIGNAL: 'SIGKILL' } },
    ))
})
