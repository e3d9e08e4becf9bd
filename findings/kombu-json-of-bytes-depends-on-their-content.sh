#!/usr/bin/env bash
# kombu 5.7.0 (Celery's transport), serializer "json".
#
# Bytes in a payload have two forms, by what is in them: those that happen to be UTF-8 become {"__type__": "bytes"} with their text, all
# others {"__type__": "base64"}. A consumer in another language that knows one of them reads some messages and not others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check kombu==5.7.0
"$work/venv/bin/python" -c '
from kombu.utils.json import dumps
print(dumps(b"ab"), dumps(b"\xff"))' >"$work/seen"
cat "$work/seen"
echo '{"__type__": "bytes", "__value__": "ab"} {"__type__": "base64", "__value__": "/w=="}' | diff - "$work/seen"
echo 'seen with kombu 5.7.0'
