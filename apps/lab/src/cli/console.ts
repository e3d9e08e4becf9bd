import type { Writable } from 'node:stream'
import { oneLine } from '@x07-lab/msg-core/kit'
import { dress } from '@x07-lab/msg-core/command-line'

/** Where a command speaks to people: standard error, so that standard output stays the result. */
export interface Console {
  /** A line for people, now: what it quotes cannot steer their terminal. */
  note(line: string): void
  /** A line about what may pass by itself, such as a connection that is sought again: on a terminal, nothing elsewhere. */
  passing(line: string): void
  /** A progress display of a run: a bar on a terminal, nothing else elsewhere. */
  progress(total: number | undefined): Progress
}

/** Says what a person should hear of a run that went well, if there is anything. */
export function noteRemark(console: Console, remark: string | undefined): void {
  if (remark !== undefined) console.note(`note: ${remark}`)
}

interface Progress {
  readonly update: (published: number, consumed: number) => void
  readonly end: () => void
}

/** Redraws a second, at most. */
const redrawMs = 100
const barWidth = 30

export function createConsole(stream: Writable & { readonly isTTY?: boolean }, now: () => number): Console {
  let drawn = false
  const clear = (): void => {
    if (drawn) stream.write('\r\u001b[2K')
    drawn = false
  }
  const note = (line: string): void => {
    clear()
    stream.write(`${dress(oneLine(line), stream)}\n`)
  }
  return {
    note,
    passing(line) {
      if (stream.isTTY === true) note(line)
    },
    progress(total) {
      if (stream.isTTY !== true) return { update() {}, end() {} }
      let last = 0
      return {
        update(published, consumed) {
          const at = now()
          if (at - last < redrawMs) return
          last = at
          clear()
          stream.write(bar(published, consumed, total))
          drawn = true
        },
        end: clear,
      }
    },
  }
}

function bar(published: number, consumed: number, total: number | undefined): string {
  if (total === undefined) return `published ${published}, consumed ${consumed}`
  const filled = Math.floor((consumed / total) * barWidth)
  return `[${'#'.repeat(filled)}${'.'.repeat(barWidth - filled)}] published ${published}, consumed ${consumed} of ${total}`
}
