#!/usr/bin/env bash
# @bufbuild/protobuf 2.17.0 beside protobuf 7.36.2 (Python), both reading ProtoJSON.
#
# A Timestamp of 30 February is read as 2 March, which Python refuses. An int64 that is written as a number, which the format allows a
# reader to meet, loses its last digits with no error (9007199254740993); as the text "1.0" it is refused, where Python reads 1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check protobuf==7.36.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @bufbuild/protobuf@2.17.0
cat >read.mjs <<'NODE'
import { fromJsonString } from '@bufbuild/protobuf'
import { Int64ValueSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
const read = (text, value) => { try { return value() } catch { return 'refused' } }
for (const text of ['"2026-02-28T00:00:00Z"', '"2026-02-30T00:00:00Z"'])
  console.log('JavaScript', text, read(text, () => fromJsonString(TimestampSchema, text).seconds))
for (const text of ['"9007199254740993"', '9007199254740993', '1.0', '"1.0"'])
  console.log('JavaScript', text, read(text, () => fromJsonString(Int64ValueSchema, text).value))
NODE
node read.mjs | sed 's/\([0-9]\)n$/\1/' >seen
venv/bin/python - >>seen <<'PYTHON'
from google.protobuf import json_format, timestamp_pb2, wrappers_pb2

for kind, field, texts in (
    (timestamp_pb2.Timestamp, "seconds", ('"2026-02-28T00:00:00Z"', '"2026-02-30T00:00:00Z"')),
    (wrappers_pb2.Int64Value, "value", ('"9007199254740993"', "9007199254740993", "1.0", '"1.0"')),
):
    for text in texts:
        try:
            print("Python", text, getattr(json_format.Parse(text, kind()), field))
        except json_format.ParseError:
            print("Python", text, "refused")
PYTHON
cat seen
cat >expected <<'TEXT'
JavaScript "2026-02-28T00:00:00Z" 1772236800
JavaScript "2026-02-30T00:00:00Z" 1772409600
JavaScript "9007199254740993" 9007199254740993
JavaScript 9007199254740993 9007199254740992
JavaScript 1.0 1
JavaScript "1.0" refused
Python "2026-02-28T00:00:00Z" 1772236800
Python "2026-02-30T00:00:00Z" refused
Python "9007199254740993" 9007199254740993
Python 9007199254740993 9007199254740993
Python 1.0 1
Python "1.0" 1
TEXT
diff expected seen
echo 'seen with @bufbuild/protobuf 2.17.0'
