#!/usr/bin/env bash
# kafkajs 2.2.4.
#
# A consumer of committed records is shown records of an aborted transaction in two cases: where it begins to read within two
# transactions that overlap, since the list of aborted ones is entered one record at a time; and behind a record whose key is four
# zero bytes, which is taken for the mark that ends the transaction.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
node -e '
const Batch = require("kafkajs/src/consumer/batch")
const record = (offset, producerId, key = Buffer.from("k")) =>
  ({ offset, key, isControlRecord: false, batchContext: { producerId, inTransaction: true } })
const shown = (from, messages, abortedTransactions) =>
  new Batch("orders", from, { partition: 0, highWatermark: "9", messages, abortedTransactions }).messages.map(({ offset }) => offset)
// Transactions 1 and 2 began at the offsets 0 and 1; both were aborted.
const both = [{ producerId: "1", firstOffset: "0" }, { producerId: "2", firstOffset: "1" }]
console.log("within two aborted transactions:", shown("2", [record("2", "2"), record("3", "1")], both).join())
const one = both.slice(0, 1)
const zeros = Buffer.alloc(4)
console.log("behind a key of four zero bytes:", shown("0", [record("0", "1", zeros), record("1", "1")], one).join())
' >seen
cat seen
printf 'within two aborted transactions: 2\nbehind a key of four zero bytes: 0,1\n' | diff - seen
echo 'seen with kafkajs 2.2.4'
