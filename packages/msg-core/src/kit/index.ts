export { asBuffer } from './as-buffer.ts'
export { Bits } from './bits.ts'
export { isCi, isTestRun } from './ci.ts'
export { hashFile } from './hash-file.ts'
export { isLoopback, isLoopbackAddress, parseEndpoint, type Endpoint } from './host.ts'
export { makeFolder } from './make-folder.ts'
export {
  checkOwnPath,
  NotAFileError,
  openRegular,
  openReplacement,
  otherKind,
  readRegularFile,
  replaceOwnFile,
  SMALL_FILE_BYTES,
} from './own-file.ts'
export { growingPause, pause, systemTimers, type Timers } from './pause.ts'
export { Queue } from './queue.ts'
export { isSystemError, whyFailed } from './system-error.ts'
export { escapeControls, oneLine, shellWord, withoutCredentials } from './terminal-text.ts'
