#!/usr/bin/env bash
# amqplib 2.3.1 reading a header that py-amqp 5.3.1 wrote.
#
# py-amqp writes an integer that does not fit 32 bits under the type tag `L`, a signed 64 bit number. amqplib knows `l` for that and
# refuses `L`, so one such header makes the whole table unreadable, and with it the message. The error comes while a frame is read,
# where a consumer has no place to catch it for one message.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check amqp==5.3.1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund amqplib@2.3.1 >/dev/null
"$work/venv/bin/python" -c '
from amqp.serialization import dumps
print(dumps("F", [{"n": 2 ** 40}]).hex())
' >table
cat >read.cjs <<'NODE'
const { readFileSync } = require('node:fs')
const { resolve } = require('node:path')
// The package exports no path to its codec: it is loaded as a file.
const { decodeFields } = require(resolve('node_modules/amqplib/lib/codec.js'))
const table = Buffer.from(readFileSync('table', 'utf8').trim(), 'hex')
console.log('tag:', String.fromCharCode(table[4 + 1 + 1]))
try {
  console.log('read:', decodeFields(table.subarray(4)))
} catch (error) {
  console.log(`${error.name}: ${error.message}`)
}
NODE
node read.cjs | tee seen
grep -q '^tag: L$' seen
grep -q '^TypeError: Unexpected type tag "L"$' seen
echo 'seen with py-amqp 5.3.1 and amqplib 2.3.1'
