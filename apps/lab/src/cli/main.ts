import { createConsole } from './console.ts'
import { run } from './run.ts'
import { goOnUnheard } from './stderr.ts'
import { endWhenUnwritable } from './stdout.ts'

// The program: `main.ts` above loads it once it listens to signals.
const console = createConsole(process.stderr, () => performance.now())
endWhenUnwritable(process.stdout, console)
goOnUnheard(process.stderr)

process.exitCode = await run(process.argv.slice(2), {
  console,
  stdout: process.stdout,
  get cwd() {
    return process.cwd()
  },
  env: process.env,
  launch: async (request) => (await import('../sandbox/launch.ts')).launch(request),
})
