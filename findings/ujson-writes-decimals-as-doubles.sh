#!/usr/bin/env bash
# ujson 6.1.0 (Python); simplejson 4.3.0 for comparison.
#
# ujson takes a Decimal without a word and writes the double nearest to it: of 12345678901234567.89 the cents are lost, 1.10 is 1.1.
# simplejson writes the digits of the Decimal, json of the standard library refuses it.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check ujson==6.1.0 simplejson==4.3.0
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from decimal import Decimal
import simplejson
import ujson

for amount in ("1.10", "12345678901234567.89"):
    print("ujson", ujson.dumps(Decimal(amount)), "simplejson", simplejson.dumps(Decimal(amount)))
PYTHON
cat "$work/seen"
printf '%s\n' 'ujson 1.1 simplejson 1.10' 'ujson 1.2345678901234568e+16 simplejson 12345678901234567.89' | diff - "$work/seen"
echo 'seen with ujson 6.1.0 and simplejson 4.3.0'
