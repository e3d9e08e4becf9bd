#!/usr/bin/env bash
# pika 1.4.4 reading a header of type double.
#
# The type tag `d` of a header table is an IEEE 754 double. pika makes a whole number of it, so that a header 0.1 is read as 0 and 2.9
# as 2, without a word; `f`, the same in 32 bits, likewise. Writing a float is refused.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pika==1.4.4
cat >"$work/read.py" <<'PYTHON'
import struct
from pika import data

for tag, form, number in (("d", ">d", 0.1), ("d", ">d", 2.9), ("f", ">f", 2.5)):
    field = b"\x05ratio" + tag.encode() + struct.pack(form, number)
    headers, _ = data.decode_table(struct.pack(">I", len(field)) + field, 0)
    print(f"{tag} {number}: read as {int(headers['ratio'])}, equal: {headers['ratio'] == number}")
PYTHON
"$work/venv/bin/python" "$work/read.py" | tee "$work/seen"
grep -q '^d 0.1: read as 0, equal: False$' "$work/seen"
grep -q '^d 2.9: read as 2, equal: False$' "$work/seen"
grep -q '^f 2.5: read as 2, equal: False$' "$work/seen"
echo 'seen with pika 1.4.4'
