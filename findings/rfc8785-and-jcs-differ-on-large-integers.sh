#!/usr/bin/env bash
# rfc8785 0.1.4 and jcs 0.2.1 (both RFC 8785, for Python).
#
# Integers beyond 2^53 - 1: jcs rounds them to the double that JavaScript would write, with no word (2^53 + 1 is 2^53), rfc8785 refuses
# them, exact powers of two included. A hash made with one may not be made with the other.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check rfc8785==0.1.4 jcs==0.2.1
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
import jcs
import rfc8785

for value in (2**53 - 1, 2**53, 2**53 + 1):
    try:
        other = rfc8785.dumps(value).decode()
    except Exception as error:
        other = type(error).__name__
    print(value, jcs.canonicalize(value).decode(), other)
PYTHON
cat "$work/seen"
printf '%s\n' '9007199254740991 9007199254740991 9007199254740991' '9007199254740992 9007199254740992 IntegerDomainError' \
  '9007199254740993 9007199254740992 IntegerDomainError' | diff - "$work/seen"
echo 'seen with rfc8785 0.1.4 and jcs 0.2.1'
