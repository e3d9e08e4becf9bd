'use strict'
/**
 * Runs the commands of the lab that are started over and over once, so that what V8 compiles of them is kept with the bundle:
 * the help, and the replay of a committed cassette, whose results go to a temporary folder.
 */
const { spawnSync } = require('node:child_process')
const { cpSync, existsSync, mkdtempSync, rmSync } = require('node:fs')
const { tmpdir } = require('node:os')
const { join } = require('node:path')

const cassette = 'kafka-orders'

function firstRuns(root, bundled) {
  const recording = join('.x07_rr', `${cassette}.rrbin`)
  if (existsSync(join(bundled, 'sandboxed.packed')) || !existsSync(join(root, recording))) return
  const compile = (flags, ...args) =>
    spawnSync(process.execPath, [...flags, join(__dirname, 'compile.cjs'), bundled, ...args], {
      cwd: root,
      encoding: 'utf8',
    }).stdout
  const folder = mkdtempSync(join(tmpdir(), 'first-run-'))
  try {
    const replay = ['lab', 'replay', '--cassette', cassette]
    // Once to see what they load, and again to compile it as it is kept.
    for (const run of [['lab', '--help'], replay, ['lab', '--help']]) compile([], ...run)
    // What the lab would start: flags of Node, the sandboxed program, and what that is to do.
    const sandboxed = JSON.parse(compile([], ...replay))
    // Only what is compiled depends on V8's flags; those of the sandbox would keep it from being written.
    const flags = sandboxed.slice(0, -2).filter((flag) => !/^--(?:permission|allow-|disable-warning)/.test(flag))
    const request = JSON.parse(sandboxed.at(-1))
    cpSync(join(root, recording), join(folder, recording))
    const inside = JSON.stringify({ ...request, cassetteRoot: folder, out: join(folder, 'out') })
    for (let round = 0; round < 2; round++) compile(flags, 'sandboxed', inside)
  } catch (error) {
    if (process.env.X07_LAB_DEBUG === '1') process.stderr.write(`first runs: ${error.stack}\n`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

module.exports = { firstRuns }
