export {
  defaultRules,
  joinRules,
  RedactionError,
  rulesOfContract,
  rulesOfSanitizer,
  type KeyRule,
  type RedactionRules,
} from './rules.ts'
export { createRedactor, type Redactor } from './redactor.ts'
export { redactingDriver } from './redacting-driver.ts'
export { redactingObserver } from './redacting-observer.ts'
export {
  describeFinding,
  scanCassette,
  scanCassetteInTurns,
  SecretsFound,
  secretsOf,
  type SecretFinding,
  type SecretScanOptions,
} from './scan/index.ts'
