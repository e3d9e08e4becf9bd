'use strict'
/**
 * Starts a program of the workspace from a bundle of its modules, since loading hundreds of TypeScript files takes longer than
 * most commands. The bundle is made when it is first wanted and named by a hash of everything that went into it, so a bundle
 * never answers for other sources than those that are there. It lies in the program's own `node_modules`, never in a project
 * that is worked on. Where none can be made (nothing may be written, the bundler is not installed) the sources run as they are.
 *
 * CommonJS, and not TypeScript: Node starts it in half the time.
 */
const { existsSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs')
const { enableCompileCache } = require('node:module')
const { join } = require('node:path')
const { pathToFileURL } = require('node:url')

const root = join(__dirname, '..', '..')
const packages = join(root, 'node_modules')
/** A bundle is one of a runtime and of a place: its modules know their folders. */
const place = `${process.version} ${process.arch} ${root}`

/**
 * The programs, and the modules that a process begins with; the first is the program itself. CommonJS starts faster; modules are
 * for what has to be awaited before the program that it is imported by.
 */
const programs = {
  lab: {
    format: 'cjs',
    entries: {
      lab: 'apps/lab/src/program.ts',
      sandboxed: 'apps/lab/src/sandboxed.ts',
      threaded: 'apps/lab/src/threaded.ts',
      thread: 'apps/lab/src/thread.ts',
    },
  },
  'arch-check': { format: 'cjs', entries: { 'arch-check': 'packages/arch-check/src/main.ts' } },
  vcr: { format: 'es', entries: { vcr: 'packages/vcr/src/main.ts', register: 'packages/vcr/src/register.ts' } },
}

/** The name of the bundle of exactly these inputs: paths below the root, with their contents. */
function keyOf(inputs, read) {
  const { createHash } = require('node:crypto')
  const hash = createHash('sha256').update(place)
  for (const input of inputs) {
    const content = read(input)
    hash.update(`\n${input} ${content.length}\n`).update(content)
  }
  return hash.digest('hex').slice(0, 32)
}

/** A file that was written so lately may be written again within one tick of the system's clock. */
const settledMs = 2000

/**
 * What the system says of a file as long as nobody touches it; the last of these times cannot be set. Empty for a file that
 * was just written.
 */
function stampOf(input, readAt = Date.now()) {
  const { ino, size, mtimeMs, ctimeMs } = statSync(join(root, input))
  return readAt - ctimeMs < settledMs ? '' : `${ino} ${size} ${mtimeMs} ${ctimeMs}`
}

/** Remembers which bundle is that of which files. */
function remember(cache, known) {
  const file = join(cache, `inputs-${process.pid}.json`)
  writeFileSync(file, JSON.stringify(known))
  renameSync(file, join(cache, 'inputs.json'))
}

/** The folder of the bundle that fits the sources as they are now, if there is one. */
function findBundle(cache) {
  try {
    const known = JSON.parse(readFileSync(join(cache, 'inputs.json'), 'utf8'))
    const { inputs } = known
    // Before the contents are read: what changes in between is found by the next start.
    const stamps = inputs.map((input) => stampOf(input))
    const isUntouched = known.place === place && stamps.every((stamp, at) => stamp !== '' && stamp === known.stamps[at])
    const key = isUntouched ? known.key : keyOf(inputs, (input) => readFileSync(join(root, input)))
    const folder = join(cache, key)
    if (!existsSync(folder)) return undefined
    if (!isUntouched) remember(cache, { place, key, inputs, stamps })
    return folder
  } catch {
    return undefined
  }
}

async function makeBundle(program, cache) {
  try {
    const { bundle } = await import(pathToFileURL(join(__dirname, 'bundle.ts')).href)
    const readAt = Date.now()
    const { key, inputs } = await bundle({ root, cache, ...programs[program], keyOf })
    // Of what was written before anything was read, this is what was read.
    remember(cache, { place, key, inputs, stamps: inputs.map((input) => stampOf(input, readAt)) })
    return join(cache, key)
  } catch (error) {
    if (process.env.X07_LAB_DEBUG === '1') process.stderr.write(`${program}: not bundled: ${error.stack}\n`)
    return undefined
  }
}

function cacheOf(program) {
  return join(packages, '.cache', 'x07-lab', program)
}

/** The folder of a program's bundle, which is made where there is none yet; undefined where none can be made. */
async function bundleOf(program, cache) {
  return existsSync(packages) ? (findBundle(cache) ?? (await makeBundle(program, cache))) : undefined
}

/** Makes what is missing, so that the first command of a new checkout is as fast as the next. */
async function prepare() {
  for (const program of Object.keys(programs)) {
    const bundled = await bundleOf(program, cacheOf(program))
    if (program === 'lab' && bundled !== undefined) require('./first-runs.cjs').firstRuns(root, bundled)
  }
}

/** Runs a program in this process. */
async function start(program) {
  const { format, entries } = programs[program]
  const [[name, source]] = Object.entries(entries)
  const cache = cacheOf(program)
  const bundled = await bundleOf(program, cache)
  if (bundled === undefined) {
    await import(pathToFileURL(join(root, source)).href)
    return
  }
  // Not the lab: its runs write nothing but results and cassettes.
  if (program !== 'lab') enableCompileCache(join(cache, 'compiled'))
  if (format === 'cjs') require(join(bundled, `${name}.cjs`))
  else await import(pathToFileURL(join(bundled, `${name}.mjs`)).href)
}

module.exports = { prepare, start }
