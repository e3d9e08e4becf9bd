export { isCi } from './ci.ts'
export { isLoopback, isLoopbackAddress, parseEndpoint, type Endpoint } from './host.ts'
export { makeFolder } from './make-folder.ts'
export { oneLine } from './one-line.ts'
