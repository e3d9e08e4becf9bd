#!/usr/bin/env bash
# json-bigint 1.0.0.
#
# What makes a number "big" is the count of its characters, above 15, fraction and sign included: with storeAsString 1.25 is a number and
# 0.30000000000000004 a text; without an option the second is an object of bignumber.js, and + joins it as text. With useNativeBigInt the
# same message is refused. The type of a field changes from message to message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund json-bigint@1.0.0
node -e '
const make = require("json-bigint")
const text = "{\"price\":1.25,\"sum\":0.30000000000000004,\"balance\":-123456789012.25}"
const types = (read) => Object.values(read).map((value) => typeof value).join(" ")
console.log("as it comes:", types(make.parse(text)), JSON.stringify(make.parse(text).sum + 1))
console.log("storeAsString:", types(make({ storeAsString: true }).parse(text)))
try {
  make({ useNativeBigInt: true }).parse(text)
} catch (error) {
  console.log("useNativeBigInt:", error.message)
}
' >seen
cat seen
printf '%s\n' 'as it comes: number object object "0.300000000000000041"' 'storeAsString: number string string' \
  'useNativeBigInt: Cannot convert 0.30000000000000004 to a BigInt' | diff - seen
echo 'seen with json-bigint 1.0.0'
