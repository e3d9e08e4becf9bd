#!/usr/bin/env bash
# fastavro 1.13.1 beside avro 1.12.2 (Apache Avro for Python).
#
# Where the schema says int, fastavro writes 1.7 as 1; where it says float, 1e300 as infinity. Neither is an error, also not with
# `strict=True`. avro refuses both.
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

for kind, value in (("int", 1.7), ("float", 1e300)):
    record = {"type": "record", "name": "R", "fields": [{"name": "n", "type": kind}]}
    written = io.BytesIO()
    fastavro.schemaless_writer(written, record, {"n": value}, strict=True)
    print(kind, value, "fastavro", fastavro.schemaless_reader(io.BytesIO(written.getvalue()), record)["n"], end=", ")
    try:
        avro.io.DatumWriter(avro.schema.parse(json.dumps(record))).write({"n": value}, avro.io.BinaryEncoder(io.BytesIO()))
        print("avro wrote it")
    except Exception as error:
        print("avro", type(error).__name__)
PYTHON
cat "$work/seen"
printf '%s\n' 'int 1.7 fastavro 1, avro AvroTypeException' 'float 1e+300 fastavro inf, avro OverflowError' | diff - "$work/seen"
echo 'seen with fastavro 1.13.1'
