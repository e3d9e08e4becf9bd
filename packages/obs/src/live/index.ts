export { liveRegistry } from './registry.ts'
