#!/usr/bin/env bash
# avro 1.12.2 (Apache Avro for Python) beside fastavro 1.13.1.
#
# A decimal with fewer digits behind the point than the schema's scale is written as if it had them: with scale 2, Decimal("1.1") is
# written as 0.11, Decimal("5") as 0.05, Decimal("1E+2") as 0.01. No error; every reader gets the wrong amount. fastavro writes them right.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check avro==1.12.2 fastavro==1.13.1
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import io
import json
from decimal import Decimal
import avro.io
import avro.schema
import fastavro

text = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
schema = avro.schema.parse(json.dumps(text))


def with_avro(value):
    written = io.BytesIO()
    avro.io.DatumWriter(schema).write(value, avro.io.BinaryEncoder(written))
    return avro.io.DatumReader(schema).read(avro.io.BinaryDecoder(io.BytesIO(written.getvalue())))


def with_fastavro(value):
    written = io.BytesIO()
    fastavro.schemaless_writer(written, text, value)
    return fastavro.schemaless_reader(io.BytesIO(written.getvalue()), text)


for digits in ("1.10", "1.1", "5", "1E+2"):
    print(digits, "avro", with_avro(Decimal(digits)), "fastavro", with_fastavro(Decimal(digits)))
PYTHON
cat "$work/seen"
printf '%s\n' '1.10 avro 1.10 fastavro 1.10' '1.1 avro 0.11 fastavro 1.10' '5 avro 0.05 fastavro 5.00' '1E+2 avro 0.01 fastavro 100.00' |
  diff - "$work/seen"
echo 'seen with avro 1.12.2'
