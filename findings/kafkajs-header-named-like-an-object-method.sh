#!/usr/bin/env bash
# kafkajs 2.2.4, reading a record whose header is named like a method that every JavaScript object has.
#
# A record may carry a header of any name. kafkajs gathers headers in a plain object and takes a name that is "there already" for a
# repeated header: a header `toString` arrives as a list of two, the inherited function and the value. Other names arrive as the value.
# Written with kafkajs's own encoder, read with its own decoder.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4 >/dev/null
node -e '
const Encoder = require("kafkajs/src/protocol/encoder")
const Decoder = require("kafkajs/src/protocol/decoder")
const encode = require("kafkajs/src/protocol/recordBatch/record/v0")
const decode = require("kafkajs/src/protocol/recordBatch/record/v0/decoder")
const bytes = encode({ key: "k", value: "v", headers: { plain: "1", toString: "2" } }).buffer
const decoder = new Decoder(bytes)
decoder.readVarInt()
const { headers } = decode(decoder, { firstOffset: 0, firstTimestamp: 0, magicByte: 2 })
console.log("plain:", String(headers.plain))
console.log("toString:", Array.isArray(headers.toString) ? headers.toString.map((one) => typeof one).join(" and ") : typeof headers.toString)
' | tee seen
printf 'plain: 1\ntoString: function and object\n' | diff - seen
echo 'seen with kafkajs 2.2.4'
