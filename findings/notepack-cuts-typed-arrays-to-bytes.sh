#!/usr/bin/env bash
# notepack.io 3.0.1 (MessagePack for JavaScript); @msgpack/msgpack 3.1.3 for comparison.
#
# A typed array is written element by element as bytes: of a Float64Array of 1.5 and 300.25 the bytes 1 and 44 are sent, of a Uint16Array
# of 300 the byte 44, and of a DataView nothing. @msgpack/msgpack sends the memory of all three.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund notepack.io@3.0.1 @msgpack/msgpack@3.1.3
node -e '
const notepack = require("notepack.io")
const plain = require("@msgpack/msgpack")
const hex = (bytes) => Buffer.from(bytes).toString("hex")
for (const value of [new Float64Array([1.5, 300.25]), new Uint16Array([300]), new DataView(new Uint8Array([7, 8]).buffer)]) {
  console.log(value.constructor.name, "notepack.io", hex(notepack.decode(notepack.encode(value))), "@msgpack/msgpack", hex(plain.decode(plain.encode(value))))
}
' >seen
cat seen
printf '%s\n' 'Float64Array notepack.io 012c @msgpack/msgpack 000000000000f83f0000000000c47240' 'Uint16Array notepack.io 2c @msgpack/msgpack 2c01' \
  'DataView notepack.io  @msgpack/msgpack 0708' | diff - seen
echo 'seen with notepack.io 3.0.1 and @msgpack/msgpack 3.1.3'
