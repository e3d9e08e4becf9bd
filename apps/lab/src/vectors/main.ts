import { runArchVectors } from '@x07-lab/arch-check'

import { runVectors } from './run.ts'

process.exitCode = await runVectors({
  files: process.argv.slice(2),
  runArchVectors,
  print: (line) => console.log(line),
  printError: (line) => console.error(line),
})
