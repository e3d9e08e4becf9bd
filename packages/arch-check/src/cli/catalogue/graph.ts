import type { CatalogueEntry } from './entry.ts'

/** Modules, imports, nodes and rules. */
export const GRAPH_CODES: readonly CatalogueEntry[] = [
  [
    'E_ARCH_SCAN_READ',
    'A folder cannot be read while looking for modules.',
    'Give read access, or exclude it in the manifest lock.',
  ],
  [
    'E_ARCH_MODULE_PARSE',
    'A module cannot be read as its language, so its imports are unknown.',
    'Mend the syntax error.',
  ],
  ['E_ARCH_DUPLICATE_MODULE_ID', 'Two files have the same module id; the first path counts.', 'Rename one.'],
  [
    'E_ARCH_NODE_ORPHAN_MODULE',
    'A module belongs to no node, and checks.deny_orphans is set.',
    'Add it to a node by prefix or glob.',
  ],
  [
    'E_ARCH_NODE_OVERLAP_MODULE',
    'A module belongs to several nodes, so to none.',
    'Narrow the prefixes or globs until one node takes it.',
  ],
  [
    'E_ARCH_EXTERNAL_IMPORT_NOT_ALLOWED',
    'A module imports something that is no scanned module and that externals does not allow.',
    'Remove the import, or allow its name in externals.allowed_exact.',
  ],
  [
    'E_ARCH_IMPORT_PREFIX_DENIED',
    'A module imports what its node denies.',
    'Remove the import, or move the module to another node.',
  ],
  [
    'E_ARCH_IMPORT_PREFIX_NOT_ALLOWED',
    'A module imports what its node does not allow.',
    'Remove the import, or add its prefix to allow_prefixes.',
  ],
  [
    'E_ARCH_VISIBILITY',
    'A node imports a restricted node that is not visible to it.',
    'Import something public, or add the node to visible_to.',
  ],
  [
    'E_ARCH_DEPS_DENY',
    'An edge between nodes is denied by a deps_v1 rule.',
    'Turn the dependency round, or move the code.',
  ],
  [
    'E_ARCH_LAYERS_VIOLATION',
    'A lower layer imports a higher one.',
    'Move the code down, or pass what is needed in from above.',
  ],
  [
    'E_ARCH_CYCLE',
    'Nodes import each other in a circle.',
    'Break the circle at the edge that surprises most; the evidence names the imports.',
  ],
  [
    'E_ARCH_MODULE_CYCLE',
    'Modules import each other in a circle, and a deny_cycles_v1 rule has the scope modules.',
    'Move what both need into a module of its own.',
  ],
  [
    'E_ARCH_EDGE_NOT_ALLOWED',
    'An edge between nodes is allowed by no rule, and allowlist mode is on.',
    'Remove the import, or allow the edge with a deps_v1 rule.',
  ],
  [
    'E_ARCH_WORLD_EDGE_FORBIDDEN',
    'A node of a solve world imports a node of the operating-system world.',
    'Pass the effect in, or move the module.',
  ],
  [
    'E_ARCH_TRUST_ZONE_EDGE',
    'The verified core imports something that is not verified.',
    'Move the code, or change the trust zone after a review.',
  ],
  ['E_ARCH_SMOKE_MISSING', 'No module of the node exports the smoke entry.', 'Export it, or correct its name.'],
  [
    'W_ARCH_SMOKE_UNCHECKED',
    'A node has a smoke entry and no module, so nobody looks for it.',
    'Correct the match of the node, or remove the entry.',
  ],
  [
    'E_ARCH_PUBLIC_BYTES_UNBRANDED',
    'A public function takes or returns bytes that do not say what they are.',
    'Give the bytes a brand.',
  ],
  [
    'E_ARCH_RULE_NODE_UNKNOWN',
    'A rule names a node that does not exist, so the rule checks less than it says.',
    'Correct the name.',
  ],
  ['E_ARCH_RULE_ID_DUPLICATE', 'Two rules have one id, so findings cannot say which was broken.', 'Rename one.'],
  ['E_ARCH_VISIBLE_TO_UNKNOWN', 'visible_to names a node that does not exist.', 'Correct the name.'],
  [
    'W_ARCH_RULE_INERT',
    'A rule or setting has no effect because a flag in checks is off.',
    'Set the flag, or remove the rule.',
  ],
]
