export { type CheckOptions, type Rules } from './check/options.ts'
export { check } from './check/pass.ts'
export { type CheckResult, type CheckStats, type ExitCode, type LockFile } from './check/result.ts'
export { type CommandIo, runCommand } from './cli/run.ts'
export {
  type Finding,
  type Json,
  type JsonPatchOp,
  type Patch,
  type Position,
  type ReportedLocation,
  type Severity,
} from './finding.ts'
export { readRunOsPolicy, type ReadPolicy } from './x07/policy/read.ts'
export type { RunOsPolicy } from './project/sandbox/run-os-policy.generated.ts'
export { openSchemas, type Schemas } from './x07/schema/schemas.ts'
export { type Difference, runArchVectors, type VectorResult } from './vectors/run.ts'
