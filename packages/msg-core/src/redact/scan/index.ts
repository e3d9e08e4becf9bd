export {
  describeFinding,
  scanCassette,
  scanCassetteInTurns,
  SecretsFound,
  type SecretFinding,
  type SecretScanOptions,
} from './cassette-scan.ts'
export { secretsOf } from './secrets.ts'
