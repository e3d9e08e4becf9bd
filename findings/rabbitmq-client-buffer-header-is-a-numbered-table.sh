#!/usr/bin/env bash
# rabbitmq-client 5.0.8.
#
# A Buffer in the headers of a message is written as a table with a field for every byte ({"0": 97, "1": 98}), six bytes or more for
# each: amqplib and @cloudamqp/amqp-client write a byte array (`x`). Its own consumer gets an object, not a Buffer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rabbitmq-client@5.0.8
node -e '
const { join } = require("node:path")
const { genContentFrames, decodeFrame } = require(join(process.cwd(), "node_modules/rabbitmq-client/lib/codec.js"))
const params = { exchange: "", routingKey: "q", headers: { hash: Buffer.from("ab") } }
const [, header] = genContentFrames(1, params, Buffer.alloc(0), 4096)
let at = 0
const read = async (length) => header.subarray(at, (at += length))
decodeFrame(read).then(({ fields }) => console.log(JSON.stringify(fields.headers)))
' >seen
cat seen
echo '{"hash":{"0":97,"1":98}}' | diff - seen
echo 'seen with rabbitmq-client 5.0.8'
