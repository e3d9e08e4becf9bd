import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'

// A sandboxed run with one thread beside it. Nothing else may be imported here: the one thread that
// is needed starts before anything that others wrote is loaded, and then none can be started any more.
const thread = new Worker(fileURLToPath(import.meta.resolve('./thread.ts')))
process.permission?.drop('worker')
void import('./sandbox/inside.ts').then(({ runSandboxed }) => runSandboxed(thread))
