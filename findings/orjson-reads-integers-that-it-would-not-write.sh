#!/usr/bin/env bash
# orjson 3.13.0 and python-rapidjson 1.25 beside msgspec 0.23.0 and Python's json.
#
# An integer beyond 64 bits: orjson refuses to write it and reads it as a float, with digits lost and no error; the others keep it. Bytes:
# python-rapidjson writes them as if they were text, msgspec as Base64, the other two refuse them. A change of library changes messages.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check orjson==3.13.0 python-rapidjson==1.25 msgspec==0.23.0
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import json
import msgspec
import orjson
import rapidjson


def told(act, value):
    try:
        got = act(value)
        return got.decode() if isinstance(got, bytes) else got
    except TypeError as error:
        return type(error).__name__


libraries = {
    "json": (json.loads, json.dumps),
    "msgspec": (msgspec.json.decode, msgspec.json.encode),
    "rapidjson": (rapidjson.loads, rapidjson.dumps),
    "orjson": (orjson.loads, orjson.dumps),
}
for name, (read, write) in libraries.items():
    print(name, told(read, "18446744073709551617"), told(write, 18446744073709551617), told(write, b"ab"))
PYTHON
cat "$work/seen"
printf '%s\n' 'json 18446744073709551617 18446744073709551617 TypeError' 'msgspec 18446744073709551617 18446744073709551617 "YWI="' \
  'rapidjson 18446744073709551617 18446744073709551617 "ab"' 'orjson 1.8446744073709552e+19 TypeError TypeError' | diff - "$work/seen"
echo 'seen with orjson 3.13.0, python-rapidjson 1.25 and msgspec 0.23.0'
