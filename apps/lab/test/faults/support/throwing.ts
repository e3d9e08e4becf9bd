import type { PipelineWork } from '../../../src/pipeline/pipeline.ts'

/** Work that throws on every tenth delivery, those that come again included; `already` were handled before. */
export function throwingOnTenth(already = 0, onThrow: () => void = () => undefined): PipelineWork {
  let handled = already
  return {
    handle() {
      if (++handled % 10 !== 0) return
      onThrow()
      throw new Error('the tenth message')
    },
  }
}
