#!/usr/bin/env bash
# kombu 5.6.2 (Celery's transport), compression "gzip".
#
# The header of the message says `application/x-gzip`. The body is a zlib stream (RFC 1950, first byte 78), not a gzip file (RFC 1952,
# first bytes 1f 8b): a consumer in another language that believes the header and gunzips fails with "incorrect header check".
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kombu==5.6.2
"$work/venv/bin/python" - "$work/body" >"$work/seen" <<'PYTHON'
import sys
from kombu.compression import compress

body, kind = compress(b'{"n": 1}', "gzip")
open(sys.argv[1], "wb").write(body)
print(kind, body[:1].hex())
PYTHON
node -e '
const { readFileSync } = require("node:fs")
const { gunzipSync, inflateSync } = require("node:zlib")
const body = readFileSync(process.argv[1])
try { gunzipSync(body); console.log("gunzip: worked") } catch (error) { console.log("gunzip:", error.message) }
console.log("inflate:", String(inflateSync(body)))
' "$work/body" >>"$work/seen"
cat "$work/seen"
printf 'application/x-gzip 78\ngunzip: incorrect header check\ninflate: {"n": 1}\n' | diff - "$work/seen"
echo 'seen with kombu 5.6.2'
