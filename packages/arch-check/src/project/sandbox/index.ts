/** The sandbox policy alone, for who runs under one: neither ajv nor the TypeScript parser is loaded. */
export { tooWide, type TooWide } from './bounds.ts'
export { runOsPolicyForm, type RunOsPolicy } from './run-os-policy.generated.ts'
