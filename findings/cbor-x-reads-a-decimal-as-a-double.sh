#!/usr/bin/env bash
# cbor-x 1.6.9 (JavaScript); cbor2 6.3.0 (Python) writes.
#
# cbor2 writes a Decimal as RFC 8949's decimal fraction (tag 4). cbor-x computes a double of it, with no error and no way to tell: of
# 12345678901234567.89 the cents are lost, 1.10 is 1.1. The npm package cbor2 2.3.0 keeps the tag with exponent and digits.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check cbor2==6.3.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cbor-x@1.6.9 cbor2@2.3.0
venv/bin/python -c '
from decimal import Decimal
import cbor2
for amount in ("1.10", "12345678901234567.89"):
    print(amount, cbor2.dumps(Decimal(amount)).hex())
' >written
cat >seen.mjs <<'JS'
import { readFileSync } from 'node:fs'
import { decode } from 'cbor2'
import { decode as decodeX } from 'cbor-x'

for (const line of readFileSync('written', 'utf8').trim().split('\n')) {
  const [amount, hex] = line.split(' ')
  const bytes = Buffer.from(hex, 'hex')
  const kept = decode(bytes)
  console.log(amount, 'cbor-x', decodeX(bytes), 'cbor2 tag', kept.tag, kept.contents.map(String).join(' '))
}
JS
node seen.mjs >seen
cat seen
printf '%s\n' '1.10 cbor-x 1.1 cbor2 tag 4 -2 110' \
  '12345678901234567.89 cbor-x 12345678901234568 cbor2 tag 4 -2 1234567890123456789' | diff - seen
echo 'seen with cbor-x 1.6.9 and cbor2 6.3.0'
