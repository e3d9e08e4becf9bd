#!/usr/bin/env bash
# cloudevents 10.0.0 (the JavaScript SDK).
#
# Bytes in structured mode (`data_base64`) are read as a Uint32Array with one element for every byte, not as bytes: Buffer.from(data.buffer)
# and whatever writes the memory of a typed array gives four bytes for one. In binary mode the same event arrives as a Buffer.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund cloudevents@10.0.0
cat >read.cjs <<'NODE'
const { writeFileSync, readFileSync } = require('node:fs')
const { CloudEvent, HTTP } = require('cloudevents')
const event = new CloudEvent({ id: '1', source: '/scans', type: 'page', datacontenttype: 'application/octet-stream', data: Buffer.from([255, 0, 7]) })
for (const mode of ['binary', 'structured']) {
  const { data } = HTTP.toEvent(HTTP[mode](event))
  writeFileSync('file', data)
  console.log(`${mode}: ${data.constructor.name} of ${data.length}, written as ${readFileSync('file').toString('hex')}`)
}
NODE
node read.cjs >seen
cat seen
printf '%s\n' 'binary: Buffer of 3, written as ff0007' 'structured: Uint32Array of 3, written as ff0000000000000007000000' | diff - seen
echo 'seen with cloudevents 10.0.0'
