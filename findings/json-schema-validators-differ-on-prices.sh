#!/usr/bin/env bash
# ajv 8.20.0, jsonschema 4.26.0, jsonschema-rs 0.61.2 and fastjsonschema 2.22.3.
#
# {"multipleOf": 0.01}, as schemas of prices have it: 19.99, 4.35 and 0.07 are no multiples to ajv and jsonschema, which divide doubles, and
# multiples to the other two. 19.98 is one to all. A message that one service may publish the next one rejects.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check jsonschema==4.26.0 jsonschema-rs==0.61.2 fastjsonschema==2.22.3
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund ajv@8.20.0
node -e '
const Ajv = require("ajv")
const valid = new Ajv({ strict: false }).compile({ multipleOf: 0.01 })
console.log("ajv", [19.98, 19.99, 4.35, 0.07].map((price) => valid(price)).join(" "))
' >seen
venv/bin/python - >>seen <<'PYTHON'
import fastjsonschema
import jsonschema
import jsonschema_rs

schema = {"multipleOf": 0.01}
compiled = fastjsonschema.compile(schema)


def fast(price):
    try:
        compiled(price)
        return True
    except fastjsonschema.JsonSchemaValueException:
        return False


checks = {
    "jsonschema": jsonschema.Draft202012Validator(schema).is_valid,
    "jsonschema-rs": jsonschema_rs.Draft202012Validator(schema).is_valid,
    "fastjsonschema": fast,
}
for name, valid in checks.items():
    print(name, *(str(valid(price)).lower() for price in (19.98, 19.99, 4.35, 0.07)))
PYTHON
cat seen
printf '%s\n' 'ajv true false false false' 'jsonschema true false false false' 'jsonschema-rs true true true true' \
  'fastjsonschema true true true true' | diff - seen
echo 'seen with ajv 8.20.0, jsonschema 4.26.0, jsonschema-rs 0.61.2 and fastjsonschema 2.22.3'
