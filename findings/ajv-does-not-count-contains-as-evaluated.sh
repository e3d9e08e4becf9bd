#!/usr/bin/env bash
# ajv 8.20.0 beside jsonschema 4.26.0 and jsonschema-rs 0.61.2, JSON Schema 2020-12.
#
# `contains` evaluates the items that match it, and `unevaluatedItems: false` refuses the others (2020-12, 10.3.1.3 and 11.2). Of
# {contains: {const: 1}, unevaluatedItems: false} ajv says that [1, 2] is valid; the other two say that 2 is one item too many.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0
node -e '
const Ajv = require("ajv/dist/2020")
const valid = new Ajv({ strict: false }).compile({ contains: { const: 1 }, unevaluatedItems: false })
console.log("ajv", valid([1, 1]), valid([1, 2]))
' >seen
venv/bin/python - >>seen <<'PYTHON'
import jsonschema
import jsonschema_rs

schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", "contains": {"const": 1}, "unevaluatedItems": False}
for name, valid in {
    "jsonschema": jsonschema.Draft202012Validator(schema).is_valid,
    "jsonschema-rs": jsonschema_rs.Draft202012Validator(schema).is_valid,
}.items():
    print(name, *(str(valid(items)).lower() for items in ([1, 1], [1, 2])))
PYTHON
cat seen
printf '%s\n' 'ajv true true' 'jsonschema true false' 'jsonschema-rs true false' | diff - seen
echo 'seen with ajv 8.20.0, jsonschema 4.26.0 and jsonschema-rs 0.61.2'
