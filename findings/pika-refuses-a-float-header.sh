#!/usr/bin/env bash
# pika 1.4.4.
#
# A float in the headers of a message cannot be sent at all: encoding ends in UnsupportedAMQPFieldException, although AMQP's field
# tables have a tag for it. A Decimal can, and comes back without its trailing zero (1.10 is 1.1).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check pika==1.4.4
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from decimal import Decimal
from pika import data


def there_and_back(value):
    pieces = []
    data.encode_table(pieces, {"rate": value})
    return data.decode_table(b"".join(pieces), 0)[0]["rate"]


try:
    print(there_and_back(1.5))
except Exception as error:
    print(type(error).__name__)
print(there_and_back(Decimal("1.10")))
PYTHON
cat "$work/seen"
printf 'UnsupportedAMQPFieldException\n1.1\n' | diff - "$work/seen"
echo 'seen with pika 1.4.4'
