#!/usr/bin/env bash
# fastavro 1.13.1 and avro 1.12.2 (Apache Avro for Python).
#
# An int that may be written as more than one type of a union: fastavro takes the first that fits, avro the last. Where that is double or
# float the int is rounded without a word, so 2^53 + 1 survives ["null", "long", "double"] with fastavro only and
# ["null", "double", "long"] with avro only.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check avro==1.12.2 fastavro==1.13.1
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import io
import json
import avro.io
import avro.schema
import fastavro

for union, value in ((["null", "double", "long"], 2**53 + 1), (["null", "float", "int"], 2**24 + 1), (["null", "long", "double"], 2**53 + 1)):
    one, other = io.BytesIO(), io.BytesIO()
    fastavro.schemaless_writer(one, union, value)
    schema = avro.schema.parse(json.dumps(union))
    avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(other))
    print(value, union[1], "first: fastavro", fastavro.schemaless_reader(io.BytesIO(one.getvalue()), union), end=", ")
    print("avro", fastavro.schemaless_reader(io.BytesIO(other.getvalue()), union))
PYTHON
cat "$work/seen"
printf '%s\n' '9007199254740993 double first: fastavro 9007199254740992.0, avro 9007199254740993' \
  '16777217 float first: fastavro 16777216.0, avro 16777217' \
  '9007199254740993 long first: fastavro 9007199254740993, avro 9007199254740992.0' | diff - "$work/seen"
echo 'seen with fastavro 1.13.1 and avro 1.12.2'
