import { createHash } from 'node:crypto'

/**
 * Reproducible bytes: for each function and calling package a stream of its own, so that a library which begins to draw, or
 * draws more, shifts nobody else's values. Block n of a stream is the SHA-256 of seed, name and n.
 */
export class Streams {
  readonly #seed: string
  readonly #streams = new Map<string, { block: number; left: Buffer }>()

  constructor(seed: string) {
    this.#seed = seed
  }

  bytes(name: string, count: number): Buffer {
    let stream = this.#streams.get(name)
    if (stream === undefined) {
      stream = { block: 0, left: Buffer.alloc(0) }
      this.#streams.set(name, stream)
    }
    const parts: Buffer[] = [stream.left]
    for (let have = stream.left.length; have < count;) {
      const block = createHash('sha256')
        .update(`${this.#seed}\n${name}\n${stream.block++}`)
        .digest()
      parts.push(block)
      have += block.length
    }
    const all = Buffer.concat(parts)
    stream.left = all.subarray(count)
    return all.subarray(0, count)
  }
}

/** The package that called, from a stack: the last one of a `node_modules` path in its first frame outside of Node and of this. */
export function callingPackage(stack: string): string {
  for (const line of stack.split('\n').slice(1)) {
    if (line.includes('node:') || own.some((path) => line.includes(path))) continue
    const found = /.*node_modules\/((?:@[^/]+\/)?[^/:)]+)/.exec(line.replaceAll('\\', '/'))
    return found?.[1] ?? 'program'
  }
  return 'program'
}

// This file and the one that patches, in the workspace and installed; and where they run, if bundled.
const own = [new URL('.', import.meta.url).href, new URL('.', import.meta.url).pathname, ranFrom(new Error().stack)]

/** The folder of the innermost frame of a stack. */
function ranFrom(stack = ''): string {
  const frame = stack.split('\n')[1] ?? ''
  return frame.replace(/^.*?(?:file:\/\/|\()(.*\/)[^/]*$/, '$1')
}
