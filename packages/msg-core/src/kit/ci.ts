/** Whether an environment is that of a test run: vitest, jest or node's own runner started this process. */
export function isTestRun(env: Readonly<Record<string, string | undefined>>): boolean {
  return ['VITEST', 'JEST_WORKER_ID', 'NODE_TEST_CONTEXT'].some((name) => env[name] !== undefined)
}

/** Whether an environment is that of a CI run, which never records: `CI` is set, and not to `0` or `false`. */
export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  const value = env['CI']
  return value !== undefined && value !== '' && value !== '0' && value !== 'false'
}
