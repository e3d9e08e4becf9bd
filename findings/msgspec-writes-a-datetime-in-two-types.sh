#!/usr/bin/env bash
# msgspec 0.23.0 and ormsgpack 1.13.1 (MessagePack for Python), read by msgpack 1.2.4.
#
# A datetime with a zone is MessagePack's timestamp to msgspec, one without a zone is a text: one field has two types on the wire, by
# how its value was made. ormsgpack writes texts for both. A reader of timestamps gets a text from it, which has to be parsed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check msgspec==0.23.0 ormsgpack==1.13.1 msgpack==1.2.4
"$work/venv/bin/python" - >"$work/seen" <<'PYTHON'
from datetime import datetime, timezone
import msgpack
import msgspec
import ormsgpack

for value in (datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc), datetime(2026, 1, 2, 3, 4, 5)):
    zone = "with a zone" if value.tzinfo else "without"
    print("msgspec", zone, repr(msgpack.unpackb(msgspec.msgpack.encode(value))))
    print("ormsgpack", zone, repr(msgpack.unpackb(ormsgpack.packb(value))))
PYTHON
cat "$work/seen"
printf '%s\n' 'msgspec with a zone Timestamp(seconds=1767323045, nanoseconds=0)' "ormsgpack with a zone '2026-01-02T03:04:05+00:00'" \
  "msgspec without '2026-01-02T03:04:05'" "ormsgpack without '2026-01-02T03:04:05'" | diff - "$work/seen"
echo 'seen with msgspec 0.23.0 and ormsgpack 1.13.1'
