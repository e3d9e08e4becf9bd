/** A test of names against globs, without case; what it said of a name is kept, for names come again and again. */
export function nameTest(globs: readonly string[]): (name: string) => boolean {
  const expression = new RegExp(`^(?:${globs.map(sourceOf).join('|')})$`, 'i')
  const known = new Map<string, boolean>()
  return (name) => {
    let is = known.get(name)
    if (is === undefined) {
      is = globs.length > 0 && expression.test(name)
      // Names from outside may be a new one each time.
      if (known.size < maxKnown) known.set(name, is)
    }
    return is
  }
}

const maxKnown = 4_096

/** The globs as the source of one expression, for use inside another. */
export function sourceOfAll(globs: readonly string[], any: string): string {
  return globs
    .map((glob) =>
      glob
        .split('*')
        .map((part) => RegExp.escape(part))
        .join(any),
    )
    .join('|')
}

function sourceOf(glob: string): string {
  return sourceOfAll([glob], '[^]*')
}

/** The longest ASCII text of a glob without wildcards. */
export function longestText(glob: string): string {
  const parts = glob.toLowerCase().split(/[*\u0080-\uffff]+/)
  return parts.reduce((longest, part) => (part.length > longest.length ? part : longest), '')
}
