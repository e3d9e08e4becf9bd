import { runVectors } from './run.ts'

process.exitCode = await runVectors({
  files: process.argv.slice(2),
  runArchVectors: async () => ({ passed: 0, failed: 0 }),
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
})
