#!/usr/bin/env bash
# cborg 6.1.5 reading a value that cbor2 6.3.0 wrote.
#
# cbor2 writes a datetime under tag 0 (RFC 8949, 3.4.1: a date and time as text), which is in every message with a time in it. cborg has
# no reader for any tag unless it is given one, and refuses the whole body, not the one value.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check cbor2==6.3.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cborg@6.1.5 >/dev/null
"$work/venv/bin/python" -c '
import cbor2, datetime
print(cbor2.dumps({"at": datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.timezone.utc)}).hex())
' >body
cat >read.mjs <<'NODE'
import { readFileSync } from 'node:fs'
import { decode } from 'cborg'
const body = Buffer.from(readFileSync('body', 'utf8').trim(), 'hex')
try {
  console.log('read:', decode(body))
} catch (error) {
  console.log('plain:', error.message)
}
const tags = []
tags[0] = (next) => next()
console.log('with a reader for tag 0:', JSON.stringify(decode(body, { tags })))
NODE
node read.mjs | tee seen
grep -q '^plain: .*tag' seen
grep -q '^with a reader for tag 0: ' seen
echo 'seen with cbor2 6.3.0 and cborg 6.1.5'
