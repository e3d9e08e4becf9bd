import { parentPort } from 'node:worker_threads'

// The thread beside a replay, started by `threaded.ts`. Nothing else may be imported here: before anything that others wrote is loaded,
// this thread gives up starting threads of its own.
process.permission?.drop('worker')
parentPort?.once('message', (memory: SharedArrayBuffer) => {
  void import('./threads/serve.ts').then(({ serve }) => {
    if (parentPort !== null) serve(memory, parentPort)
  })
})
