'use strict'
/**
 * Loads a bundle with what V8 compiled of it when it was made: the functions of a first run, kept beside the bundle. A process that
 * may not write (the sandbox of a replay) can use it, and nothing is written by a run. V8 takes what fits its version, its flags and
 * the source, and compiles anew otherwise.
 */
const { existsSync, mkdirSync, readFileSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const { basename, dirname, join } = require('node:path')
const vm = require('node:vm')

/**
 * Runs a module of a bundle: `program`, or one that a process of its own begins with.
 *
 * @param seen is given the scripts that were loaded, by name
 */
function load(folder, program, seen) {
  const file = join(folder, `${program}.main.cjs`)
  const kept = keptOf(folder, program)
  if (seen === undefined && !existsSync(kept)) return require(file)
  const extensions = Module._extensions
  extensions['.cjs'] = (module, filename) => {
    if (dirname(filename) !== folder) {
      extensions['.js'](module, filename)
      return
    }
    const script = new vm.Script(Module.wrap(readFileSync(filename, 'utf8')), {
      filename,
      cachedData: compiled(kept, basename(filename)),
      importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    })
    seen?.set(basename(filename), script)
    const own = (id) => module.require(id)
    script.runInThisContext().call(module.exports, module.exports, own, module, filename, folder)
  }
  return require(file)
}

function keptOf(folder, program) {
  return join(folder, `compiled-${program}`)
}

function compiled(kept, name) {
  try {
    return readFileSync(join(kept, name))
  } catch {
    return undefined
  }
}

/** Runs a module as {@link load} does and keeps, when the process ends, what was compiled of all that it loaded. */
function keep(folder, program) {
  const seen = new Map()
  process.once('exit', () => {
    const kept = keptOf(folder, program)
    mkdirSync(kept, { recursive: true })
    for (const [file, script] of seen) writeFileSync(join(kept, file), script.createCachedData())
  })
  load(folder, program, seen)
}

module.exports = { keep, load }
