export { isCi } from './ci.ts'
export { makeFolder } from './make-folder.ts'
export { oneLine } from './one-line.ts'
