import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** A hundred packages of a hundred modules; every layer has ten packages. */
const packages = 100
const modulesOfPackage = 100
export const layers = 10

/** How many modules there are. */
export const moduleCount = packages * modulesOfPackage

/** How many imports {@link writeModules} wrote. */
export interface Written {
  readonly imports: number
}

/**
 * Writes packages whose modules import earlier ones: three of their own package and one of a package before it, so that
 * there is no cycle and no import goes up a layer.
 */
export function writeModules(root: string): Written {
  let imports = 0
  for (let index = 0; index < packages; index++) {
    const folder = join(root, folderOf(index))
    mkdirSync(join(folder, 'src'), { recursive: true })
    writeFileSync(
      join(folder, 'package.json'),
      `${JSON.stringify({ name: `@bench/${nameOf(index)}`, type: 'module' })}\n`,
    )
    for (let at = 0; at < modulesOfPackage; at++) {
      const specifiers = importsOf(index, at)
      imports += specifiers.length
      writeFileSync(join(folder, 'src', fileOf(at)), sourceOf(at, specifiers))
    }
  }
  return { imports }
}

/** The prefix of the ids of a layer's modules. */
export function prefixOfLayer(layer: number): string {
  return `@bench/layer-${layer}-`
}

function nameOf(index: number): string {
  return `layer-${Math.floor((index * layers) / packages)}-${String(index).padStart(3, '0')}`
}

function folderOf(index: number): string {
  return join('packages', nameOf(index))
}

function fileOf(at: number): string {
  return `module-${String(at).padStart(3, '0')}.ts`
}

function importsOf(index: number, at: number): string[] {
  const near = new Set([at - 1, at >> 1, at - 7].filter((other) => other >= 0 && other < at))
  const own = [...near].map((other) => `./${fileOf(other)}`)
  return index === 0 ? own : [...own, `../../${nameOf((index * 7 + at) % index)}/src/${fileOf(at)}`]
}

function sourceOf(at: number, specifiers: readonly string[]): string {
  const lines = specifiers.map((specifier, position) => `import { Part as Part${position} } from '${specifier}'`)
  const members = specifiers.map((_, position) => `  part${position}: Part${position}`)
  const calls = specifiers.map((_, position) => `    total += Part${position}.sizeOf(new Map(Object.entries(input)))`)
  return `${lines.join('\n')}

/** What module ${at} is made of. */
export interface Parts {
${members.join('\n')}
}

export class Part {
  readonly name: string

  constructor(name: string) {
    this.name = name
  }

  static sizeOf(input: ReadonlyMap<string, unknown>): number {
    let total = ${at}
    for (const [key, value] of input) total += key.length + String(value).length
    return total
  }
}

export function measure(input: Record<string, string>): number {
  let total = Part.sizeOf(new Map(Object.entries(input)))
  if (total > 0) {
${calls.join('\n')}
  }
  return total
}
`
}
