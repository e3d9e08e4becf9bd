import { expect, test } from 'vitest'
import { renderReplay } from '../../src/cli/render.ts'

test('a replay leads to the first message that differs, before those that came in another order for it', () => {
  const lane = { op: 'std.msg.amqp.publish_env_v1', key: 'local_amqp_v1' }
  const divergences = [
    { ...lane, kind: 'moved', entry: 0, before: 5 },
    { ...lane, kind: 'changed', entry: 2, differences: [{ field: 'value/n', recorded: '3', now: '4' }] },
  ] as const
  const outcome = {
    cassette: 'orders.rrbin',
    entries: 9,
    sealed: true,
    out: '/project/out/rr_replay',
    published: 5,
    foreign: 0,
    duplicates: 0,
    divergenceCount: 2,
    comparisons: [],
    delivery: { findings: [], broken: {} },
    identical: false,
    aggregate: null,
  } as unknown as Omit<Parameters<typeof renderReplay>[0], 'divergences'>
  const look = (shown: readonly (typeof divergences)[number][]): string | undefined =>
    renderReplay({ ...outcome, divergences: shown }, '/project').find((line) => line.startsWith('look'))
  expect(look(divergences)).toBe('look      pnpm lab cassette show orders --entry 2')
  expect(look(divergences.slice(0, 1))).toBe('look      pnpm lab cassette show orders --entry 0')
})
