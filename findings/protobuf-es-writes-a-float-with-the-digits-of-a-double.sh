#!/usr/bin/env bash
# @bufbuild/protobuf 2.17.0 and protobufjs 8.8.1 beside protobuf 7.36.2 (Python).
#
# A `float` of 0.1 on the wire is 0.1 in Python's JSON and 0.10000000149011612 in that of both JavaScript libraries, and -0.0 is 0 in
# theirs: one message has two texts, by who turned it into JSON, and what compares or hashes them sees a change.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check protobuf==7.36.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @bufbuild/protobuf@2.17.0 protobufjs@8.8.1
cat >write.mjs <<'NODE'
import { fromBinary, toJsonString } from '@bufbuild/protobuf'
import { DoubleValueSchema, FloatValueSchema } from '@bufbuild/protobuf/wkt'
import protobuf from 'protobufjs'
const { root } = protobuf.parse('syntax = "proto3"; message F { float value = 1; } message D { double value = 1; }')
for (const [schema, name, hex] of [[FloatValueSchema, 'F', '0dcdcccc3d'], [DoubleValueSchema, 'D', '090000000000000080']]) {
  const bytes = Buffer.from(hex, 'hex')
  console.log('protobuf-es', hex, toJsonString(schema, fromBinary(schema, bytes)))
  console.log('protobufjs', hex, JSON.stringify(root.lookupType(name).decode(bytes)))
}
NODE
node write.mjs >seen
venv/bin/python - >>seen <<'PYTHON'
from google.protobuf import json_format, wrappers_pb2

for kind, written in ((wrappers_pb2.FloatValue, "0dcdcccc3d"), (wrappers_pb2.DoubleValue, "090000000000000080")):
    print("Python", written, json_format.MessageToJson(kind.FromString(bytes.fromhex(written))))
PYTHON
cat seen
cat >expected <<'TEXT'
protobuf-es 0dcdcccc3d 0.10000000149011612
protobufjs 0dcdcccc3d {"value":0.10000000149011612}
protobuf-es 090000000000000080 0
protobufjs 090000000000000080 {"value":0}
Python 0dcdcccc3d 0.1
Python 090000000000000080 -0.0
TEXT
diff expected seen
echo 'seen with @bufbuild/protobuf 2.17.0 and protobufjs 8.8.1'
