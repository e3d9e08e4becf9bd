import { recording, withPolicy, encodeEnvelope } from '@x07-lab/msg-core'
import { labTopic } from 'lab/src/contracts.ts'
import { seededEvents } from 'lab/src/events/seeded.ts'
import { scratchProject } from './scratch/project.ts'
import { mkdtempSync } from 'node:fs'
import { decodeEnvelope } from '@x07-lab/msg-core'; import { encodeFacts, encodeRecord } from '/work/main/packages/msg-core/src/record/index.ts'
import { decodeWire } from '/work/main/packages/msg-kafka/src/wire/decode.ts'
import { encodeWire } from '/work/main/packages/msg-kafka/src/wire/encode.ts'
import { readConsumed } from 'lab/src/pipeline/consumed.ts'
import { isCanonicalJson } from 'lab/src/pipeline/canonical.ts'
import { Aggregate } from 'lab/src/pipeline/aggregate.ts'
import { Processing } from './work/processing.ts'
const root = scratchProject(mkdtempSync('/tmp/proflive-'), 'kafka')
const N = 40000
const envs: Buffer[] = [...(seededEvents({ topic: labTopic, messages: N, seed: 7 }).envelopes() as any)]
console.log('envelope bytes', envs.reduce((a, e) => a + e.length, 0) / N)
const cpu = async (name: string, f: () => unknown) => { let best = 1e9, sum=0; for (let i = 0; i < 7; i++) { (globalThis as any).gc?.(); const c = process.cpuUsage(); await f(); const u = process.cpuUsage(c); best = Math.min(best, (u.user + u.system) / N) } console.log(name.padEnd(20), best.toFixed(2), 'us/msg') }
let sinkv = 0
await cpu('generate', () => { for (const e of seededEvents({ topic: labTopic, messages: N, seed: 7 }).envelopes() as any) sinkv += e.length })
await cpu('decodeEnvelope', () => { for (const e of envs) sinkv += decodeEnvelope(e).headers.length })
await cpu('encodeWire', () => { for (const e of envs) sinkv += encodeWire(e).topic.length })
await cpu('encodeFacts', () => { for (let i = 0; i < N; i++) sinkv += encodeFacts({ committed: '123', highWatermark: '13000', lag: String(i), offset: String(i), partition: 1, rebalances: 0, redelivered: false, timestamp: '1795311081137' }).length })
const facts = encodeFacts({ offset: '1', partition: 1 }), ep = Buffer.from('127.0.0.1:9092')
await cpu('encodeRecord', () => { for (const e of envs) sinkv += encodeRecord({ opTag: 1, driverKind: 1, endpoint: ep, envelope: e, ackTag: 1, ack: facts }).length })
await cpu('processing ours', () => { const a = new Aggregate(); for (const e of envs) { const m = readConsumed(e); if (!isCanonicalJson(m.payload)) throw 1; a.add(m.key, m.payload) } })
const vals = envs.map((e) => { const d = decodeEnvelope(e); return [Buffer.from(d.key!), Buffer.from(d.value!)] as const })
await cpu('processing plain', () => { const p = new Processing(); for (const [k, v] of vals) p.add(k, v) })
const hp = Symbol('x')
for (const flush of ['turn'] as const) {
  await cpu('appendEntry', () => withPolicy('lab_rr_v1', `kafka.rrbin`, 'rewrite_v1', (h) => { for (const e of envs) h.appendEntry({ kind: 'rr', op: 'std.msg.kafka.publish_env_v1', key: ep, req: e, resp: e, err: 0, latencyTicks: 200, seq: h.begin() }) }, { root, flush }))
  const drv: any = { wire: 'kafka', endpoint: '127.0.0.1:9092', publish: () => Promise.resolve({ status: 'confirmed', answer: { offset: '1', partition: 1 } }),
    deliveries: () => ({ [Symbol.asyncIterator]() { let i = 0; return { next: () => Promise.resolve(i < N ? { done: false, value: { envelope: envs[i], metadata: { committed: '123', highWatermark: '13000', lag: String(i), offset: String(i++), partition: 1, rebalances: 0, redelivered: false, timestamp: '1795311081137' }, settle: () => Promise.resolve() } } : { done: true, value: undefined }) } } }) }
  await cpu('recording publish', () => withPolicy('lab_rr_v1', `kafka.rrbin`, 'rewrite_v1', async (h) => { const d = recording(drv, h); for (const e of envs) await d.publish(e) }, { root, flush }))
  await cpu('recording deliver', () => withPolicy('lab_rr_v1', `kafka.rrbin`, 'rewrite_v1', async (h) => { const d = recording(drv, h); for await (const e of d.deliveries()) await e.settle('ack') }, { root, flush }))
  await cpu('bare publish', async () => { for (const e of envs) await drv.publish(e) })
  await cpu('bare deliver', async () => { for await (const e of drv.deliveries()) await e.settle('ack') })
}
