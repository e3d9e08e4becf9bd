/** What `--help` prints. */
export const USAGE = `arch:check [options]          check manifest, contracts, locks and the module graph
arch:check explain CODE       say what a finding means and what to do

  --manifest PATH             the manifest (arch/manifest.x07arch.json)
  --lock PATH                 the manifest lock (arch/manifest.lock.json)
  --repo-root DIR             the repository (.); a relative path is looked for upwards
  --project PATH              a file or folder whose folder is the repository
  --rules x07|all             X07's findings alone, or ours too (all)
  --write-lock [CASSETTE…]    write the locks; refuses over errors. Pins cassettes that are new, or named, once verified
  --force                     write the locks over findings
  --frozen, --no-frozen       fail on a missing lock (the default where CI is set)
  --write                     apply the suggested patches, then check again
  --emit-patch FILE           write the suggested patches to a file
  --format json|text|sarif    the report (text)
  --report-out FILE, --out    write the report to a file, - for standard output
  --max-modules N  --max-edges N  --max-diags N  --max-bytes-in N

exit codes: 0 no error, 2 findings or wrong usage, 3 manifest or manifest lock unusable, 4 a tool budget exceeded
`
