import type { CatalogueEntry } from './entry.ts'

/** Record/replay and budgets. */
export const RR_CODES: readonly CatalogueEntry[] = [
  ['E_ARCH_RR_DIR_MISSING', 'The folder arch/rr is not there.', 'Create it, or remove rr from contracts_v1.'],
  ['E_ARCH_RR_GEN_DIR_MISSING', 'The gen_dir of rr is no folder.', 'Create it, or correct the path.'],
  [
    'E_ARCH_RR_INDEX_READ',
    'The rr index cannot be read; every policy id is then unknown.',
    'Create it, or correct index_path.',
  ],
  ['E_ARCH_RR_INDEX_JSON_PARSE', 'The rr index is not JSON.', 'Mend the text at the line and column given.'],
  [
    'E_ARCH_RR_INDEX_SCHEMA_VERSION',
    'The rr index has another version than x07.arch.rr.index@0.1.0.',
    'Correct schema_version.',
  ],
  ['E_ARCH_RR_INDEX_SCHEMA_INVALID', 'The rr index breaks its schema.', 'Change the value named.'],
  [
    'E_ARCH_RR_INDEX_NOT_SORTED',
    'The policies of the rr index are not sorted by id.',
    'Sort them by the bytes of their ids.',
  ],
  ['E_ARCH_RR_INDEX_DEFAULTS_NOT_SORTED', 'record_modes_allowed is not sorted.', 'Sort it; --write does it.'],
  ['E_ARCH_RR_INDEX_DEFAULTS_DUP', 'record_modes_allowed has a mode twice.', 'Remove one; --write does it.'],
  [
    'E_ARCH_RR_CASSETTE_BRAND_UNSUPPORTED',
    'A policy asks for a cassette format that is not std.rr.cassette_v1.',
    'Correct cassette_brand.',
  ],
  ['E_ARCH_RR_POLICY_WORLDS_NOT_SORTED', 'worlds_allowed of a policy is not sorted.', 'Sort it; --write does it.'],
  ['E_ARCH_RR_POLICY_KINDS_NOT_SORTED', 'kinds_allowed of a policy is not sorted.', 'Sort it; --write does it.'],
  ['E_ARCH_RR_POLICY_OPS_NOT_SORTED', 'ops_allowed of a policy is not sorted.', 'Sort it; --write does it.'],
  [
    'E_ARCH_RR_OP_KIND_NOT_ALLOWED',
    'An operation records entries of a kind that kinds_allowed lacks.',
    'Add the kind, or remove the operation.',
  ],
  ['E_ARCH_RR_OP_KIND_UNKNOWN', 'No operation of that name can be recorded.', 'Correct the name.'],
  [
    'E_ARCH_RR_POLICY_READ',
    'A policy file cannot be read; its sanitizer is not looked at either.',
    'Create it, or correct policy_path.',
  ],
  ['E_ARCH_RR_POLICY_JSON_PARSE', 'A policy file is not JSON.', 'Mend the text at the line and column given.'],
  [
    'E_ARCH_RR_POLICY_SCHEMA_VERSION',
    'A policy has another version than x07.arch.rr.policy@0.1.0.',
    'Correct schema_version.',
  ],
  ['E_ARCH_RR_POLICY_SCHEMA_INVALID', 'A policy breaks its schema.', 'Change the value named.'],
  [
    'E_ARCH_RR_POLICY_ID_MISMATCH',
    'A policy file calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_RR_POLICY_MODE_NOT_ALLOWED',
    'mode_default of a policy is not among record_modes_allowed.',
    'Allow the mode in the index, or choose another.',
  ],
  ['E_ARCH_RR_SANITIZER_READ', 'A sanitizer file cannot be read.', 'Create it, or correct sanitize_path.'],
  ['E_ARCH_RR_SANITIZER_JSON_PARSE', 'A sanitizer file is not JSON.', 'Mend the text at the line and column given.'],
  [
    'E_ARCH_RR_SANITIZER_SCHEMA_VERSION',
    'A sanitizer has another version than x07.arch.rr.sanitize@0.1.0.',
    'Correct schema_version.',
  ],
  [
    'E_ARCH_RR_SANITIZER_SCHEMA_INVALID',
    'A sanitizer breaks its schema.',
    'Change the value named; --write adds missing keys.',
  ],
  [
    'E_ARCH_RR_SANITIZER_ID_MISMATCH',
    'A sanitizer file calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'E_ARCH_RR_POLICY_NOT_FOUND',
    'A contract or code names a record/replay policy the rr index lacks.',
    'Add the policy to the index, or correct the id.',
  ],
  [
    'E_ARCH_RR_POLICY_REQUIRED',
    'Code calls a recordable operation outside any policy scope.',
    'Open a scope, or unset require_policy_for_os_calls.',
  ],
  [
    'E_ARCH_RR_OP_NOT_ALLOWED',
    'Code calls an operation the scope around it does not allow.',
    'Add the operation to the policy, or use another.',
  ],
  [
    'E_ARCH_RR_WORLD_VIOLATION',
    'Code opens a policy scope in a world the policy does not allow.',
    'Add the world to the policy, or move the code.',
  ],
  [
    'W_ARCH_CONTRACT_OPAQUE_USAGE',
    'Code names a policy or profile by something that is no literal, so it cannot be checked.',
    'Write the id as a literal.',
  ],
  [
    'W_ARCH_RR_SCAN_INERT',
    'require_policy_for_os_calls is set, but no module belongs to a node, so no code is looked at.',
    'Add nodes to the manifest, or unset the flag.',
  ],
  [
    'E_ARCH_RR_POLICY_DUPLICATE',
    'Two policies of the rr index have one id; the later one would win in silence.',
    'Keep one.',
  ],
  ['W_ARCH_RR_LIST_DUPLICATE', 'A list of a policy has a value twice.', 'Remove one.'],
  [
    'W_ARCH_RR_INDEX_PATH',
    "X07's compiler reads arch/rr/index.x07rr.json whatever index_path says.",
    'Move the index there.',
  ],
  ['E_ARCH_RR_BUDGET_RANGE', 'A budget of a policy does not fit 32 bits.', 'Lower it to at most 4294967295.'],
  [
    'E_ARCH_BUDGETS_DIR_MISSING',
    'The folder arch/budgets is not there.',
    'Create it, or remove budgets from contracts_v1.',
  ],
  ['E_ARCH_BUDGETS_GEN_DIR_MISSING', 'The gen_dir of budgets is no folder.', 'Create it, or correct the path.'],
  [
    'E_ARCH_BUDGETS_INDEX_READ',
    'The budgets index cannot be read; every profile id is then unknown.',
    'Create it, or correct index_path.',
  ],
  ['E_ARCH_BUDGETS_INDEX_JSON_PARSE', 'The budgets index is not JSON.', 'Mend the text at the line and column given.'],
  [
    'E_ARCH_BUDGETS_INDEX_SCHEMA_VERSION',
    'The budgets index has another version than x07.arch.budgets.index@0.1.0.',
    'Correct schema_version.',
  ],
  ['E_ARCH_BUDGETS_INDEX_SCHEMA_INVALID', 'The budgets index breaks its schema.', 'Change the value named.'],
  ['E_ARCH_BUDGET_PROFILE_READ', 'A budget profile cannot be read.', 'Create it, or correct profile_path.'],
  ['E_ARCH_BUDGET_PROFILE_JSON_PARSE', 'A budget profile is not JSON.', 'Mend the text at the line and column given.'],
  [
    'E_ARCH_BUDGET_PROFILE_SCHEMA_VERSION',
    'A budget profile has another version than x07.budget.profile@0.1.0.',
    'Correct schema_version.',
  ],
  ['E_ARCH_BUDGET_PROFILE_SCHEMA_INVALID', 'A budget profile breaks its schema.', 'Change the value named.'],
  [
    'E_ARCH_BUDGET_PROFILE_NOT_FOUND',
    'Code opens a budget scope with a profile the index lacks.',
    'Add the profile, or correct the id.',
  ],
  [
    'E_ARCH_BUDGET_SCOPE_MISSING',
    'A selected function does not open the budget scope it should.',
    'Wrap its body in the scope; --write does it.',
  ],
  ['E_ARCH_BUDGET_SELECTOR_FN_NOT_FOUND', 'A selector names a function no module has.', 'Correct the name.'],
  [
    'E_ARCH_BUDGET_SELECTOR_MODULE_PREFIX_NOT_FOUND',
    'A selector names a prefix no module has.',
    'Correct the prefix, or remove the selector.',
  ],
  [
    'E_ARCH_BUDGET_WORLD_VIOLATION',
    'Code uses a budget profile in a world the profile does not allow.',
    'Add the world to the profile, or move the code.',
  ],
  [
    'W_ARCH_BUDGETS_SCAN_INERT',
    'require_scopes is set, but no module belongs to a node, so no code is looked at.',
    'Add nodes to the manifest, or unset the flag.',
  ],
  [
    'W_ARCH_BUDGET_SELECTOR_FN_ASYNC',
    'A selector names an async function, which selectors cannot see.',
    'Select a sync function.',
  ],
  ['E_ARCH_BUDGET_PROFILE_DUPLICATE', 'Two profiles of the budgets index have one id.', 'Keep one.'],
  [
    'E_ARCH_BUDGET_PROFILE_ID_MISMATCH',
    'A budget profile calls itself something else than the index does.',
    'Make both the same.',
  ],
  [
    'W_ARCH_BUDGET_PROFILE_PATH',
    "X07's compiler reads arch/budgets/profiles/ID.budget.json whatever profile_path says.",
    'Move the profile there.',
  ],
]
