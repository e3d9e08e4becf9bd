#!/usr/bin/env bash
# bson 7.3.4 (JavaScript).
#
# Of an integer that does not fit into a signed 64-bit one the lower bits are written, with no error: the BigInt 2**63 and the unsigned
# Long 2**64-1 are read as negative numbers, 2**64 as 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bson@7.3.4
node -e '
const { Long, deserialize, serialize } = require("bson")
for (const value of [2n ** 63n - 1n, 2n ** 63n, 2n ** 64n, Long.MAX_UNSIGNED_VALUE]) {
  console.log(value.constructor.name, value.toString(), "is read as", deserialize(serialize({ value }), { useBigInt64: true }).value.toString())
}
' >seen
cat seen
printf '%s\n' 'BigInt 9223372036854775807 is read as 9223372036854775807' 'BigInt 9223372036854775808 is read as -9223372036854775808' \
  'BigInt 18446744073709551616 is read as 0' 'Long 18446744073709551615 is read as -1' | diff - seen
echo 'seen with bson 7.3.4'
