import type { CatalogueEntry } from './entry.ts'

/** Files, their text, and run-os policies. */
export const FILE_CODES: readonly CatalogueEntry[] = [
  [
    'W_ARCH_CONTRACT_UNREFERENCED',
    'A file lies among the contracts and no index names it, so it is neither checked nor locked.',
    'Name it in an index, or delete it.',
  ],
  [
    'W_ARCH_CONTRACT_GROUP_UNCHECKED',
    'A contract group is read and locked, but this program does not check what is in it.',
    "Use X07's own arch check for it.",
  ],
  [
    'E_ARCH_CONTRACT_FILE_UNREADABLE',
    'A file of a group that is locked but not checked is missing or not JSON.',
    'Create or fix it.',
  ],
  [
    'E_ARCH_PATH_OUTSIDE_REPO',
    'A contract, a lock or a cassette is reached through a symbolic link that leads out of the repository.',
    'Put the file itself into the repository.',
  ],
  ['E_ARCH_JSON_DUPLICATE_KEY', 'An object has a key twice; readers differ in which one they take.', 'Remove one.'],
  [
    'W_ARCH_NUMBER_FORM',
    "A number is printed one way in X07's hash and another by RFC 8785, so the two hashes of the file differ.",
    'Write 1 for 1.0, and avoid integers above 2^53.',
  ],
  ['E_ARCH_POLICY_INVALID', 'A run-os policy is of another version, or breaks its schema.', 'Change the value named.'],
  [
    'E_ARCH_POLICY_RUNNER_RULE',
    "A run-os policy fits its schema and X07's runner would refuse it.",
    'Change the value named.',
  ],
  [
    'E_ARCH_POLICY_HOST_NOT_COVERED',
    'A contract names an address that no run-os policy lets a sandboxed program reach.',
    'Add host and port to net.allow_hosts, or correct the address.',
  ],
  [
    'E_ARCH_POLICY_TOO_WIDE',
    'A policy under arch/policy allows what no sandbox of this product may: writing elsewhere than .x07_rr and out, reading outside the project, another host than loopback, processes, native code, or a variable of the environment that changes what runs.',
    'Take the grant back; a run does not need it.',
  ],
  [
    'E_ARCH_POLICY_WIDENED',
    'A policy allows more than when it was pinned.',
    'Take it back, or review what it allows now and run with --write-lock.',
  ],
  [
    'E_ARCH_VCR_UNREADABLE',
    'Something under arch/vcr is not a regular file of JSON that can be read.',
    'Put the file itself there, or delete it.',
  ],
  [
    'E_ARCH_VCR_UNKNOWN_FORM',
    'A file under arch/vcr is called like no contract of this product, so nothing would read it.',
    'Rename it, or delete it; Markdown files may stay.',
  ],
  [
    'E_ARCH_VCR_INVALID',
    'A contract under arch/vcr is of another version, or breaks its schema.',
    'Change the value named.',
  ],
  [
    'E_ARCH_VCR_ID_MISMATCH',
    'A contract under arch/vcr has another id than its file name says.',
    'Make them the same; rules are named by it.',
  ],
  [
    'E_ARCH_VCR_AMQP_TOPOLOGY',
    'An AMQP topology contradicts itself or RabbitMQ: a misspelt argument, one that is not of AMQP, a name twice or too long, a binding or a consumer of what is not declared.',
    'Change the value named.',
  ],
  [
    'E_ARCH_VCR_KAFKA_CLIENT',
    'A Kafka client contract contradicts itself: a topic twice or none at all, a partition that its topic does not have, a pattern that is not a regular expression, a transaction without all acks.',
    'Change the value named.',
  ],
  [
    'W_ARCH_PROJECT_LOCK_MISSING',
    'There are sandbox policies or contracts under arch/vcr, and no arch/project.lock.json pins them.',
    'Run with --write-lock and commit the file.',
  ],
  [
    'E_ARCH_PROJECT_LOCK_INVALID',
    'The project lock cannot be read, or says of a policy that it has pinned something else than that policy allows.',
    'Run with --write-lock to make it anew.',
  ],
  [
    'E_ARCH_PROJECT_LOCK_MISMATCH',
    'A sandbox policy or a contract under arch/vcr was changed, added or removed since the project lock was written.',
    'Review the change, then run with --write-lock.',
  ],
  ['X07-POLICY-SCHEMA-0001', 'A run-os policy that a run was started with cannot be used.', 'Change the value named.'],
]
