import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { describe, expect, test } from 'vitest'
import { createProject, type Started } from '../support/project.ts'

/** Lines of a program, one after the other, as they come. */
function linesOf({ child }: Started): AsyncIterator<string> {
  return createInterface(child.stdout)[Symbol.asyncIterator]()
}

const follow = ['cassette', 'show', 'lab', '--follow', '--op', 'publish', '--format', '{key}'] as const

describe.concurrent('cassette show --follow', () => {
  test('shows each message as it is recorded, and ends when the recording is sealed', async () => {
    using project = createProject()
    const written = project.recorded(1)
    const recording = project.start(['record', '--driver', 'memory', '--input', '-'])
    recording.child.stdin.write('{"key":"first"}\n')
    await written
    const following = project.start(follow)
    const lines = linesOf(following)
    for (const key of ['first', 'second', 'third']) {
      if (key !== 'first') recording.child.stdin.write(`{"key":"${key}"}\n`)
      expect(await lines.next()).toEqual({ done: false, value: key })
    }
    recording.child.stdin.end('{"key":"last"}\n')
    expect(await lines.next()).toEqual({ done: false, value: 'last' })
    expect(await following.ended).toMatchObject({ code: 0, by: null })
    expect((await following.ended).stderr).toMatch(
      /^following lab\.[0-9a-f]{8}\.partial\.rrbin\nthe recording is complete\n$/,
    )
    expect(await recording.ended).toMatchObject({ code: 0 })
    // What was followed is what is there.
    const [all, again] = [await project.lab(follow.filter((word) => word !== '--follow')), await project.lab(follow)]
    expect(all.stdout).toBe('first\nsecond\nthird\nlast\n')
    expect(again).toEqual({ ...all, stderr: 'following lab.rrbin\nthe recording is complete\n' })
  })

  test('is stopped by Ctrl-C, and by a reader that has seen enough', async () => {
    using project = createProject()
    const written = project.recorded(1)
    const recording = project.start(['record', '--driver', 'memory', '--input', '-'])
    recording.child.stdin.write('{"key":"first"}\n')
    await written
    const [stopped, unread] = [project.start(follow), project.start(follow)]
    await Promise.all([once(stopped.child.stdout, 'data'), once(unread.child.stdout, 'data')])
    stopped.child.kill('SIGINT')
    expect(await stopped.ended).toMatchObject({ code: 130, stdout: 'first\n' })
    expect((await stopped.ended).stderr).toContain('lab: stopped on request\n')
    unread.child.stdout.destroy()
    recording.child.stdin.write('{"key":"second"}\n')
    expect(await unread.ended).toMatchObject({ code: 0 })
    recording.child.stdin.end()
    expect(await recording.ended).toMatchObject({ code: 0 })
  })

  test('of a recording that ended early shows what there is, and says so', async () => {
    using project = createProject()
    const written = project.recorded(1)
    const recording = project.start(['record', '--driver', 'memory', '--input', '-'])
    recording.child.stdin.write('{"key":"first"}\n')
    const file = await written
    // The sandboxed process, too.
    process.kill(-Number(recording.child.pid), 'SIGKILL')
    await recording.ended
    const name = file.slice(file.lastIndexOf('/') + 1)
    const shown = await project.lab(['cassette', 'show', name, ...follow.slice(3)])
    expect(shown).toEqual({
      code: 0,
      stdout: 'first\n',
      stderr: `following ${name}\nnobody records into it any more, and it has no seal\n`,
    })
  })

  test('does not wait for a cassette that nobody records', async () => {
    using project = createProject()
    expect(await project.lab(follow)).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('cassette lab: there is no such file') as string,
    })
  })
})
