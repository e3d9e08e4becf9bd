import type { CatalogueEntry } from './entry.ts'

/** Manifest, locks and budgets of the tool. */
export const MANIFEST_CODES: readonly CatalogueEntry[] = [
  [
    'E_ARCH_MANIFEST_READ',
    'The manifest cannot be read, so nothing else is checked.',
    'Create arch/manifest.x07arch.json or name another file with --manifest.',
  ],
  [
    'E_ARCH_MANIFEST_JSON_PARSE',
    'The manifest is not JSON, or uses what X07 refuses: a byte-order mark, half a surrogate pair, a number out of range, more than 127 levels.',
    'Mend the text at the line and column given.',
  ],
  [
    'E_ARCH_MANIFEST_SCHEMA_INVALID',
    'The manifest breaks its schema, x07.arch.manifest@0.3.0.',
    'Change the value named. Where only the version is old, --write migrates the file.',
  ],
  [
    'E_ARCH_MANIFEST_INVALID',
    'The manifest fits its schema and still cannot be used: an integer written 1.0 or -0, a node id twice, contracts without smoke_entry, or an invalid glob.',
    'Change the value named.',
  ],
  [
    'E_ARCH_LOCK_READ',
    'The manifest lock cannot be read.',
    'Check the path given with --lock, or write the lock with --write-lock.',
  ],
  [
    'E_ARCH_LOCK_JSON_PARSE',
    'The manifest lock is not JSON.',
    'Restore it from version control, or delete it and run with --write-lock.',
  ],
  [
    'E_ARCH_LOCK_SCHEMA_INVALID',
    'The manifest lock breaks its schema, x07.arch.manifest.lock@0.1.0.',
    'Restore it from version control, or delete it and run with --write-lock.',
  ],
  [
    'E_ARCH_LOCK_INVALID',
    'The manifest lock cannot be used: one of its globs is invalid, or the manifest lies outside the repository.',
    'Mend the glob, or name a manifest below the root.',
  ],
  [
    'E_ARCH_LOCK_MISMATCH',
    'The manifest is not the one that was pinned.',
    'Review the change, then run with --write-lock.',
  ],
  [
    'W_ARCH_MANIFEST_LOCK_MISSING',
    'Nobody pinned the manifest, so a change to it goes unnoticed. An error under --frozen.',
    'Run with --write-lock and commit arch/manifest.lock.json.',
  ],
  [
    'W_ARCH_CONTRACTS_LOCK_MISSING',
    'Nobody pinned the contracts, so a change to them goes unnoticed. An error under --frozen.',
    'Run with --write-lock and commit arch/contracts.lock.json.',
  ],
  ['E_ARCH_CONTRACTS_LOCK_JSON_PARSE', 'The contracts lock is not JSON.', 'Run with --write-lock: it is made anew.'],
  [
    'E_ARCH_CONTRACTS_LOCK_SCHEMA_INVALID',
    'The contracts lock breaks its schema, x07.arch.contracts.lock@0.1.0.',
    'Run with --write-lock: it is made anew.',
  ],
  [
    'E_ARCH_CONTRACTS_LOCK_INVALID',
    'The contracts lock has a key too many or too few, so it cannot be compared.',
    'Run with --write-lock: it is made anew.',
  ],
  [
    'E_ARCH_CONTRACTS_LOCK_SCHEMA_VERSION',
    'The contracts lock has another version.',
    'Run with --write-lock: it is made anew.',
  ],
  [
    'E_ARCH_CONTRACTS_LOCK_MISMATCH',
    'Contract files were added, removed or changed since they were pinned; the message names them.',
    'Review the change, then run with --write-lock.',
  ],
  [
    'E_ARCH_TOOL_BUDGET_EXCEEDED',
    'The check met more modules, edges, findings, contract files or bytes than it may. The exit code is 4.',
    'Raise the budget in tool_budgets or with the --max option, or find out what grew.',
  ],
  [
    'E_ARCH_CASSETTES_LOCK_INVALID',
    'The cassette lock is not JSON, does not have the form of one, or says of a cassette what is not so.',
    'Run with --write-lock: it is made anew.',
  ],
  [
    'W_ARCH_CASSETTE_UNPINNED',
    'A cassette is not in the cassette lock, so a change to it goes unnoticed. An error under --frozen.',
    'Run with --write-lock, or delete the cassette.',
  ],
  [
    'E_ARCH_CASSETTE_CHANGED',
    'A cassette is not the one that was pinned.',
    'Restore it, or review it and name it: --write-lock CASSETTE.',
  ],
  ['E_ARCH_CASSETTE_ORPHANED', 'A cassette is pinned and not there.', 'Restore it, or run with --write-lock.'],
  [
    'E_ARCH_CASSETTE_DAMAGED',
    'A cassette cannot be read: it is cut short, or a frame is no entry.',
    'Restore it, or repair it with lab cassette repair.',
  ],
  [
    'E_ARCH_CASSETTE_UNSEALED',
    'A cassette is no finished recording: it was interrupted or cut, its seal does not fit, or it has none.',
    "Record it again, or restore it. X07's own have no seal: name one behind --write-lock to pin it as it is.",
  ],
  [
    'E_ARCH_CASSETTE_SECRET',
    'A cassette holds what has the form of a credential, plain or wrapped.',
    'Keep it out with a rule under arch/vcr or in the sanitizer, record again, and give the secret up: who has the repository has it.',
  ],
  [
    'E_ARCH_CASSETTE_STALE',
    'A contract is otherwise than when a cassette was recorded under it, in something the recording hangs on.',
    'Record the cassette again, or take the change back.',
  ],
  [
    'W_ARCH_CASSETTE_CONTRACTS_CHANGED',
    'A cassette was recorded under another contracts lock, and its seal does not hold the contracts, so what changed is not known.',
    'Record it again.',
  ],
  [
    'W_ARCH_CASSETTE_EXPIRED',
    'A cassette is older than a contract arch/vcr/*.expiry.json lets it be, or does not say how old it is.',
    'Record it again.',
  ],
  [
    'W_ARCH_CASSETTE_POLICY_CHANGED',
    'The record/replay policy of a cassette is another one than when the cassette was pinned.',
    'Replay the cassette; where it still agrees, run with --write-lock.',
  ],
]
