#!/usr/bin/env bash
# cbor-x 1.6.9 reads what Python's cbor2 6.3.0 wrote.
#
# A map whose keys are byte strings, or arrays, ends in "Invalid property name type object" as long as maps become objects, which is the
# default: one such key and the whole message is not read. cbor 10.0.12 gives a Map where keys are not text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cbor2==6.3.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts cbor-x@1.6.9 cbor@10.0.12
written=$(venv/bin/python -c 'import cbor2; print(cbor2.dumps({b"a": 1}).hex())')
node -e '
const bytes = Buffer.from(process.argv[1], "hex")
try {
  console.log("cbor-x", require("cbor-x").decode(bytes))
} catch (error) {
  console.log("cbor-x", error.message)
}
console.log("cbor", require("cbor").decodeFirstSync(bytes) instanceof Map)
' "$written" >seen
cat seen
printf 'cbor-x Invalid property name type object\ncbor true\n' | diff - seen
echo 'seen with cbor-x 1.6.9'
