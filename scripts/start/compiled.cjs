'use strict'
/**
 * Loads a bundle from one file beside it: the modules that a first run wanted, and what V8 compiled of them. A module looked for by
 * Node costs a dozen calls of the system, and a process of the lab wants fifty. What the file does not hold is loaded as it is.
 *
 * A process that may not write (the sandbox of a replay) can use it, and nothing is written by a run. V8 takes what it compiled if
 * it fits its version, its flags and the source, and compiles anew otherwise.
 *
 * The file: a u32, little-endian, of the bytes of source that follow; the source, an object of a function for each module; the
 * rest is V8's.
 */
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const { join } = require('node:path')
const vm = require('node:vm')

const parameters = 'exports, require, module, __filename, __dirname'

function fileOf(folder, program) {
  return join(folder, `${program}.packed`)
}

/** The modules in one file, as the function that each is; none where there is no such file yet. */
function unpack(folder, program) {
  const filename = fileOf(folder, program)
  let content
  try {
    content = readFileSync(filename)
  } catch {
    return { functions: {} }
  }
  const end = 4 + content.readUInt32LE()
  const source = content.toString('utf8', 4, end)
  const cachedData = end < content.length ? content.subarray(end) : undefined
  const script = new vm.Script(source, { filename, cachedData })
  return { functions: script.runInThisContext(), source, script }
}

/** Runs a module of a bundle: `program`, or one that a process of its own begins with. */
function load(folder, program) {
  const { functions, ...packed } = unpack(folder, program)
  const loaded = new Map()
  const outside = Module.createRequire(join(folder, program))
  const own = (id) => (id.startsWith('./') ? moduleOf(id.slice(2)) : outside(id))
  const moduleOf = (name) => {
    const known = loaded.get(name)
    if (known !== undefined) return known.exports
    const filename = join(folder, name)
    const module = new Module(filename)
    loaded.set(name, module)
    if (Object.hasOwn(functions, name)) {
      functions[name].call(module.exports, module.exports, own, module, filename, folder)
    } else {
      module.require = own
      module._compile(readFileSync(filename, 'utf8'), filename)
    }
    return module.exports
  }
  moduleOf(`${program}.main.cjs`)
  return { ...packed, functions, loaded }
}

/**
 * Runs a module as {@link load} does. When the process ends, what it loaded beyond the one file is put into it; where there was
 * nothing, what was compiled is kept in it.
 */
function keep(folder, program) {
  const { functions, source, script, loaded } = load(folder, program)
  process.once('exit', () => {
    const names = [...new Set([...Object.keys(functions), ...loaded.keys()])].filter((name) => isPackable(folder, name))
    if (names.length === Object.keys(functions).length) write(folder, program, source, script.createCachedData())
    else write(folder, program, sourceOf(folder, names), Buffer.alloc(0))
  })
}

/** A script of `node:vm` imports nothing without a warning of Node's. */
function isPackable(folder, name) {
  return !/\bimport\(/.test(readFileSync(join(folder, name), 'utf8'))
}

function sourceOf(folder, names) {
  const modules = names.map((name) => {
    const source = readFileSync(join(folder, name), 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, '')
    return `${JSON.stringify(name)}: function (${parameters}) {${source}\n}`
  })
  return `({\n${modules.join(',\n')}\n})`
}

/** In one step: a process that starts meanwhile finds the file before it, or the whole one. */
function write(folder, program, text, compiled) {
  const source = Buffer.from(text)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(source.length)
  const file = fileOf(folder, program)
  const made = `${file}-${process.pid}`
  writeFileSync(made, Buffer.concat([length, source, compiled]))
  renameSync(made, file)
}

module.exports = { keep, load }
