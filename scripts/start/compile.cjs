'use strict'
/** `compile.cjs FOLDER PROGRAM ARGUMENTS…`: runs a module of a bundle, and keeps what it loaded and what V8 compiled of it. */
const v8 = require('node:v8')
const { keep } = require('./compiled.cjs')

const [folder, program] = process.argv.splice(2, 2)
// What would take this process's place is told to who started it, and not done.
process.execve = (_, [, ...args]) => {
  process.stdout.write(JSON.stringify(args))
  process.exit(0)
}
// What was compiled under other flags than those of a start would never be taken.
v8.setFlagsFromString = () => {}
keep(folder, program)
