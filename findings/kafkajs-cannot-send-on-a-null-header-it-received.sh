#!/usr/bin/env bash
# kafkajs 2.2.4 reads what aiokafka 0.14.0 wrote.
#
# The value of a record header may be null. kafkajs gives null to the consumer, and its producer refuses a message with that header
# (ERR_INVALID_ARG_TYPE, which names neither message nor header): a bridge or a dead-letter producer that sends on
# `message.headers` as it got them stops at the first such record.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check aiokafka==0.14.0
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
venv/bin/python -c '
from aiokafka.record.default_records import DefaultRecordBatchBuilder
batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 4096)
batch.append(0, timestamp=0, key=b"k", value=b"v", headers=[("trace", None)])
print(bytes(batch.build()).hex())' >batch
node -e '
const { readFileSync } = require("node:fs")
const Decoder = require("kafkajs/src/protocol/decoder")
const encode = require("kafkajs/src/protocol/recordBatch/record/v0")
const decodeBatch = require("kafkajs/src/protocol/recordBatch/v0/decoder")
const decoder = new Decoder(Buffer.from(readFileSync("batch", "utf8").trim(), "hex"))
decodeBatch(decoder).then(({ records: [{ value, headers }] }) => {
  console.log("received", headers.trace)
  try {
    console.log("sent", encode({ offsetDelta: 0, timestampDelta: 0, value, headers }).size())
  } catch (error) {
    console.log(error.code)
  }
})
' >seen
cat seen
printf 'received null\nERR_INVALID_ARG_TYPE\n' | diff - seen
echo 'seen with kafkajs 2.2.4 and aiokafka 0.14.0'
