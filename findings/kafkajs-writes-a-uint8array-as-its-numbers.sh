#!/usr/bin/env bash
# kafkajs 2.2.4.
#
# A Uint8Array that is no Buffer (what TextEncoder, protobuf and CBOR libraries give) as value, key or header is not written as its
# bytes but as the text of their numbers: "hi" becomes `104,105`, with no error.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
node -e '
const Decoder = require("kafkajs/src/protocol/decoder")
const encode = require("kafkajs/src/protocol/recordBatch/record/v0")
const decode = require("kafkajs/src/protocol/recordBatch/record/v0/decoder")
const bytes = new TextEncoder().encode("hi")
for (const given of [bytes, Buffer.from(bytes)]) {
  const decoder = new Decoder(encode({ offsetDelta: 0, timestampDelta: 0, key: given, value: given, headers: { h: given } }).buffer)
  decoder.readVarInt()
  const { key, value, headers } = decode(decoder, { firstOffset: "0", firstTimestamp: "0", magicByte: 2 })
  console.log(given.constructor.name, String(key), String(value), String(headers.h))
}
' >seen
cat seen
printf 'Uint8Array 104,105 104,105 104,105\nBuffer hi hi hi\n' | diff - seen
echo 'seen with kafkajs 2.2.4'
