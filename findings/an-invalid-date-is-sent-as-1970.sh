#!/usr/bin/env bash
# @msgpack/msgpack 3.1.3, notepack.io 3.0.1, msgpack5 6.1.0, bson 7.3.4; msgpackr 2.1.4 for comparison.
#
# An invalid Date, as new Date('soon') gives it, is sent as a valid one: the first of January 1970, with no error. msgpackr writes a
# timestamp that it reads as an invalid Date again, JSON writes null.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @msgpack/msgpack@3.1.3 notepack.io@3.0.1 msgpack5@6.1.0 bson@7.3.4 msgpackr@2.1.4
node -e '
const value = { at: new Date("soon") }
const five = require("msgpack5")()
const plain = require("@msgpack/msgpack")
const notepack = require("notepack.io")
const bson = require("bson")
const msgpackr = require("msgpackr")
const show = (name, read) => console.log(name, isNaN(read.at) ? "invalid" : read.at.toISOString())
show("@msgpack/msgpack", plain.decode(plain.encode(value)))
show("notepack.io", notepack.decode(notepack.encode(value)))
show("msgpack5", five.decode(five.encode(value)))
show("bson", bson.deserialize(bson.serialize(value)))
show("msgpackr", msgpackr.unpack(msgpackr.pack(value)))
' >seen
cat seen
printf '%s\n' '@msgpack/msgpack 1970-01-01T00:00:00.000Z' 'notepack.io 1970-01-01T00:00:00.000Z' 'msgpack5 1970-01-01T00:00:00.000Z' \
  'bson 1970-01-01T00:00:00.000Z' 'msgpackr invalid' | diff - seen
echo 'seen with @msgpack/msgpack 3.1.3, notepack.io 3.0.1, msgpack5 6.1.0 and bson 7.3.4'
