#!/usr/bin/env bash
# msgpackr 2.1.4 beside @msgpack/msgpack 3.1.3, read by Python's msgpack 1.2.4.
#
# A field that is undefined, which JSON leaves out, is written as an extension of type 0: the consumer in Python gets
# ExtType(code=0, data=b'\x00'), which is no None and true in an `if`. So is a hole in an array. @msgpack/msgpack writes nil for both. An invalid
# Date it writes as the moment 1970-01-01T00:00:00Z, msgpackr as a timestamp of one byte, which Python refuses.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check msgpack==1.2.4
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts msgpackr@2.1.4 @msgpack/msgpack@3.1.3
cat >write.mjs <<'NODE'
import { encode } from '@msgpack/msgpack'
import { pack } from 'msgpackr'
const values = { undefined: { coupon: undefined }, hole: [1, , 3], 'invalid date': new Date(NaN) }
for (const [name, value] of Object.entries(values))
  for (const [library, write] of [['msgpackr', pack], ['@msgpack/msgpack', encode]])
    console.log(`${name}, ${library}|${Buffer.from(write(value)).toString('hex')}`)
NODE
node write.mjs | venv/bin/python -c '
import sys, msgpack
for line in sys.stdin:
    name, written = line.split("|")
    try:
        print(name, msgpack.unpackb(bytes.fromhex(written), timestamp=3))
    except Exception as error:
        print(name, type(error).__name__, error)' >seen
cat seen
cat >expected <<'TEXT'
undefined, msgpackr {'coupon': ExtType(code=0, data=b'\x00')}
undefined, @msgpack/msgpack {'coupon': None}
hole, msgpackr [1, ExtType(code=0, data=b'\x00'), 3]
hole, @msgpack/msgpack [1, None, 3]
invalid date, msgpackr ValueError invalid timestamp data (length 1)
invalid date, @msgpack/msgpack 1970-01-01 00:00:00+00:00
TEXT
diff expected seen
echo 'seen with msgpackr 2.1.4'
