#!/usr/bin/env bash
# kafkajs 2.2.4.
#
# The request queue of a connection that nobody throttles sets a timer for a time long past (`-1 - Date.now()`), which Node takes for
# one millisecond and warns of; when it fires the queue sets the next one, as long as the connection is open. An idle client thus
# wakes up about a thousand times a second for each connection.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund kafkajs@2.2.4
node -e '
const RequestQueue = require("kafkajs/src/network/requestQueue")
const { setTimeout: set } = globalThis
const waits = []
globalThis.setTimeout = (run, ms, ...more) => (waits.push(ms), set(run, ms, ...more))
const logger = { namespace: () => logger, debug() {}, error() {} }
const queue = new RequestQueue({ maxInFlightRequests: null, requestTimeout: 30000, enforceRequestTimeout: false, clientId: "a", broker: "b:1", logger, isConnected: () => true })
// As after the first answer; nothing is sent and nothing is pending from here on.
queue.checkPendingRequests()
set(() => {
  console.log("times in the past", waits.every((ms) => ms < 0), "more than 50 timers in half a second", waits.length > 50)
  process.exit()
}, 500)
' 2>/dev/null >seen
cat seen
printf 'times in the past true more than 50 timers in half a second true\n' | diff - seen
echo 'seen with kafkajs 2.2.4'
