#!/usr/bin/env bash
# protobufjs 8.8.1 reads what protobuf 7.36.2 (Python) wrote as JSON.
#
# Protobuf's JSON may name fields as the .proto file does (`preserving_proto_field_name`).
# protobufjs's fromObject knows camelCase only and leaves out all others without a word. So it does with an enum value that is newer than its
# schema, and an int32 beyond its range comes out as another number.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check protobuf==7.36.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund protobufjs@8.8.1
venv/bin/python - >written <<'PYTHON'
from google.protobuf import descriptor_pb2, json_format

# A message type that every installation of protobuf has.
message = descriptor_pb2.FileOptions(java_package="orders", optimize_for="CODE_SIZE")
print(json_format.MessageToJson(message, preserving_proto_field_name=True, indent=None))
print(json_format.MessageToJson(message, indent=None))
PYTHON
node -e '
const { readFileSync } = require("node:fs")
const { parse } = require("protobufjs")
const source = `syntax = "proto3"; enum Mode { NONE = 0; SPEED = 1; } message Options { string java_package = 1; Mode optimize_for = 9; int32 count = 10; }`
const Options = parse(source).root.lookupType("Options")
const read = (text) => JSON.stringify(Options.toObject(Options.decode(Options.encode(Options.fromObject(JSON.parse(text))).finish()), { enums: String }))
for (const text of [...readFileSync("written", "utf8").trim().split("\n"), `{"count": 2147483648}`]) console.log(text, "is read as", read(text))
' >seen
cat seen
printf '%s\n' '{"java_package": "orders", "optimize_for": "CODE_SIZE"} is read as {}' \
  '{"javaPackage": "orders", "optimizeFor": "CODE_SIZE"} is read as {"javaPackage":"orders"}' \
  '{"count": 2147483648} is read as {"count":-2147483648}' | diff - seen
echo 'seen with protobufjs 8.8.1'
