import type { JsonObject } from '@x07-lab/msg-core'
import {
  createRedactor,
  joinRules,
  RedactionError,
  rulesOfContract,
  rulesOfSanitizer,
  type Redactor,
} from '@x07-lab/msg-core/redact'
import { redactContracts } from '@x07-lab/msg-core/run'
import { broken, readContract, readIndexed } from './contracts.ts'
import { exitCodes, UserError } from './user-error.ts'

const index = 'arch/rr/index.x07rr.json'
const folder = 'arch/vcr'
const version = 'vcr.redact@0.1.0'

/**
 * What the contracts say is left out of a recording: the policy's sanitizer, and every `arch/vcr/*.redact.json` for what a
 * sanitizer cannot say, both on top of what is always a secret.
 *
 * @param env holds the salt of pseudonyms; left out in a replay, which has none: what the recording gives is replaced already,
 *   and what the program makes itself becomes the token
 * @throws UserError naming the contract, or the variable of a salt that is not there
 */
export async function readRedaction(
  root: string,
  policy: string,
  env?: Readonly<Record<string, string | undefined>>,
): Promise<Redactor> {
  const sanitizer = await readIndexed(root, index, 'policies', 'sanitize_path', policy)
  const salted = (contract: JsonObject, name: string): JsonObject =>
    env === undefined ? { ...contract, [name]: '', keys: 'keep' } : contract
  const rules = [inContract(index, () => rulesOfSanitizer(salted(sanitizer, 'stable_pseudonym_salt'), env ?? {}))]
  for (const file of redactContracts(root)) {
    const contract = await readContract(root, file)
    if (contract['schema_version'] !== version) throw broken(file, `schema_version is not ${version}`)
    rules.push(inContract(file, () => rulesOfContract(salted(contract, 'salt'), env ?? {})))
  }
  return inContract(folder, () => createRedactor(joinRules(...rules)))
}

function inContract<Result>(file: string, act: () => Result): Result {
  try {
    return act()
  } catch (cause) {
    if (cause instanceof RedactionError)
      throw new UserError(`redact: ${cause.message}`, exitCodes.environment, { cause })
    if (cause instanceof SyntaxError)
      throw broken(file, `a pattern is not a regular expression: ${cause.message}`, cause)
    throw cause
  }
}
