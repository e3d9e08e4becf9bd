#!/usr/bin/env bash
# avsc 5.7.9 read by fastavro 1.13.1.
#
# A JavaScript string may hold one half of a surrogate pair, as slice() leaves it behind when it cuts an emoji. Buffer writes
# U+FFFD for it; avsc writes the bytes ed a0 bd, which are no UTF-8: fastavro cannot read the record.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund avsc@5.7.9
node -e '
const type = require("avsc").Type.forSchema("string")
const cut = "hi \u{1F600}".slice(0, 4)
console.log(type.toBuffer(cut).toString("hex"), Buffer.from(cut).toString("hex"))
' >written
read -r avsc buffer <written
printf 'avsc %s\nBuffer %s\n' "${avsc:2}" "$buffer" >seen
venv/bin/python -c '
import io
import sys
import fastavro
try:
    print("fastavro", fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(sys.argv[1])), "string"))
except UnicodeDecodeError as error:
    print("fastavro", type(error).__name__)' "$avsc" >>seen
cat seen
printf '%s\n' 'avsc 686920eda0bd' 'Buffer 686920efbfbd' 'fastavro UnicodeDecodeError' | diff - seen
echo 'seen with avsc 5.7.9 and fastavro 1.13.1'
