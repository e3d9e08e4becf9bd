#!/usr/bin/env bash
# bson 7.3.4 (JavaScript); pymongo 4.15.0 (Python) for comparison.
#
# Extended JSON, as change streams and connectors write it, has {"$numberLong": "..."} for 64 bits. EJSON.parse, as it comes, makes a number
# of it and loses digits: 9007199254740993 is read as 9007199254740992, and EJSON.stringify writes it so. With relaxed: false it stays a Long.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pymongo==4.15.0
npm init -y >/dev/null
npm install --silent --no-audit --no-fund bson@7.3.4
echo '{"id": {"$numberLong": "9007199254740993"}}' >message
node -e '
const { EJSON } = require("bson")
const text = require("fs").readFileSync("message", "utf8")
console.log("bson as it comes", EJSON.stringify(EJSON.parse(text)))
console.log("bson relaxed: false", EJSON.stringify(EJSON.parse(text, { relaxed: false }), { relaxed: false }))
' >seen
venv/bin/python - >>seen <<'PYTHON'
from bson import json_util

print("pymongo", json_util.loads(open("message").read()))
PYTHON
cat seen
printf '%s\n' 'bson as it comes {"id":9007199254740992}' 'bson relaxed: false {"id":{"$numberLong":"9007199254740993"}}' \
  "pymongo {'id': 9007199254740993}" | diff - seen
echo 'seen with bson 7.3.4 and pymongo 4.15.0'
