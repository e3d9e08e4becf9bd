import { setFlagsFromString } from 'node:v8'

/** Size of each half of the young generation, in MiB; less where a thread beside takes memory of its own and half of the work. */
const semiSpaceMiB = { alone: 8, beside: 4 }

/** How much the old generation may grow by garbage before it is collected, as a share of what lives in it. */
const growingPercent = 40

/**
 * Node's flags that keep the memory of a run from growing with its length. Nearly nothing that a run makes outlives its
 * message; left alone, V8 lets the young generation grow to 32 MiB.
 */
export function memoryFlags({ thread = false }: { readonly thread?: boolean | undefined } = {}): readonly string[] {
  const size = thread ? semiSpaceMiB.beside : semiSpaceMiB.alone
  return [`--min-semi-space-size=${size}`, `--max-semi-space-size=${size}`]
}

/**
 * The same for the old generation, which V8 lets grow to four times what lives in it. To be called when everything is loaded:
 * a process with this flag takes nothing of what was compiled without it, and compiles Node's own modules anew.
 */
export function limitHeapGrowth(): void {
  setFlagsFromString(`--heap-growing-percent=${growingPercent}`)
}

/** For glibc: with an arena for every thread, what one thread frees another cannot use. Elsewhere it says nothing. */
export const memoryEnv: Readonly<Record<string, string>> = { MALLOC_ARENA_MAX: '1' }
