import { fileURLToPath } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'

// A sandboxed run with one thread beside it. Nothing else may be imported here: the one thread that
// is needed starts before anything that others wrote is loaded, and then none can be started any more.
// The heap of this thread is made already; the other one keeps nothing of a message, and needs no young generation of its size.
for (const flag of ['--min-semi-space-size=1', '--max-semi-space-size=2']) setFlagsFromString(flag)
const thread = new Worker(fileURLToPath(import.meta.resolve('./thread.ts')))
process.permission?.drop('worker')
void import('./sandbox/inside.ts').then(({ runSandboxed }) => runSandboxed(thread))
