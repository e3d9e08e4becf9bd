#!/usr/bin/env bash
# msgpackr 2.1.4 and cbor-x 1.6.9, read by Python's msgpack 1.2.4 and cbor2 6.3.0.
#
# Whole numbers from 2^32 on are written as doubles, although both formats have 64-bit integers. In JavaScript nothing shows; in Python
# a time in milliseconds or an id arrives as a float (1767322945123.0), and what prints or compares it as text sees another value.
# @msgpack/msgpack 3.1.3 and cbor 10.0.12 write integers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check msgpack==1.2.4 cbor2==6.3.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts msgpackr@2.1.4 cbor-x@1.6.9 @msgpack/msgpack@3.1.3 cbor@10.0.12
node -e '
const at = 1767322945123
const writers = {
  "msgpackr": require("msgpackr").pack,
  "@msgpack/msgpack": require("@msgpack/msgpack").encode,
  "cbor-x": require("cbor-x").encode,
  "cbor": require("cbor").encode,
}
for (const [name, write] of Object.entries(writers)) console.log(name, Buffer.from(write(at)).toString("hex"))
' >written
venv/bin/python -c '
import cbor2, msgpack
for line in open("written"):
    name, digits = line.split()
    read = cbor2.loads if name.startswith("cbor") else msgpack.unpackb
    print(name, repr(read(bytes.fromhex(digits))))' >seen
cat seen
printf '%s\n' 'msgpackr 1767322945123.0' '@msgpack/msgpack 1767322945123' 'cbor-x 1767322945123.0' 'cbor 1767322945123' | diff - seen
echo 'seen with msgpackr 2.1.4 and cbor-x 1.6.9'
