import { expect, test } from 'vitest'
import { createProject, type Ran } from '../support/project.ts'

test.each(['amqp', 'kafka'])(
  'what is missing is recorded on a real broker (%s), and the cassette replays whole by itself',
  async (driver) => {
    using project = createProject()
    const lab = async (...words: string[]): Promise<Record<string, unknown>> => {
      const { code, stdout, stderr }: Ran = await project.lab([...words, '--cassette', 'lab', '--json'])
      expect({ code, stderr }).toMatchObject({ code: 0 })
      return JSON.parse(stdout) as Record<string, unknown>
    }
    await lab('record', '--driver', driver, '--messages', '4', '--seed', '9')
    const more = ['record', '--driver', driver, '--mode', 'record_missing_v1', '--messages', '7']
    expect(await lab(...more)).toMatchObject({ missing: { hits: 8, misses: 6, unused: 0 } })
    expect(await lab('replay')).toMatchObject({ identical: true, replays: [{ published: 7, delivery: { ok: true } }] })
    expect(await lab(...more)).toMatchObject({ missing: { hits: 14, misses: 0, unused: 0 } })
  },
)
