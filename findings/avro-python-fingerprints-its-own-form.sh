#!/usr/bin/env bash
# avro 1.12.2 (Apache Avro for Python) beside fastavro 1.13.1 and avsc 5.7.9.
#
# A schema is known by the fingerprint of its Parsing Canonical Form, in which a primitive type is a word ("long") and a named type is
# written out once. avro keeps {"type":"long"} where a logical type was removed and writes a fixed out again where it is used again, so
# that a schema with a time or a repeated fixed has another fingerprint than everywhere else: what looks it up finds none.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check avro==1.12.2 fastavro==1.13.1
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund avsc@5.7.9
cat >schemas.json <<'JSON'
{"plain": {"type": "record", "name": "R", "fields": [{"name": "t", "type": "long"}]},
 "logical": {"type": "record", "name": "R", "fields": [{"name": "t", "type": {"type": "long", "logicalType": "timestamp-millis"}}]},
 "repeated": {"type": "record", "name": "R", "fields": [
   {"name": "a", "type": {"type": "fixed", "name": "F", "size": 4}}, {"name": "b", "type": "F"}]}}
JSON
cat >fingerprint.py <<'PYTHON'
import json

import avro.schema
import fastavro.schema as fast

for name, schema in json.load(open("schemas.json")).items():
    print(name, "avro", avro.schema.parse(json.dumps(schema)).fingerprint("md5").hex()[:8])
    print(name, "fastavro", fast.fingerprint(fast.to_parsing_canonical_form(schema), "md5")[:8])
print(avro.schema.parse(json.dumps(schema)).canonical_form)
PYTHON
cat >fingerprint.cjs <<'NODE'
const avsc = require('avsc')
for (const [name, schema] of Object.entries(require('./schemas.json')))
  console.log(name, 'avsc', avsc.Type.forSchema(schema).fingerprint('md5').toString('hex').slice(0, 8))
NODE
{ venv/bin/python fingerprint.py; node fingerprint.cjs; } >seen
cat seen
of() { sed -n "s/^$1 $2 //p" seen; }
for name in plain logical repeated; do test "$(of $name fastavro)" = "$(of $name avsc)"; done
test "$(of plain avro)" = "$(of plain avsc)" && test "$(of logical avsc)" = "$(of plain avsc)"
test "$(of logical avro)" != "$(of logical avsc)" && test "$(of repeated avro)" != "$(of repeated avsc)"
echo 'seen with avro 1.12.2'
