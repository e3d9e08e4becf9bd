#!/usr/bin/env bash
# lz4js 0.2.0 reads what python-lz4 4.4.5 wrote.
#
# LZ4 frames may carry a checksum behind every block. Of such a frame lz4js gives another content of another length, with no error:
# 28,732 bytes for 30,000. lz4-napi 2.10.0 reads the same frame.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check lz4==4.4.5
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund lz4js@0.2.0 lz4-napi@2.10.0
venv/bin/python -c '
import lz4.frame
open("frame", "wb").write(lz4.frame.compress(b"hello " * 5000, block_checksum=True))'
node -e '
const { readFileSync } = require("node:fs")
const frame = readFileSync("frame")
console.log("lz4js", require("lz4js").decompress(frame).length)
require("lz4-napi").decompressFrame(frame).then((content) => console.log("lz4-napi", content.length))
' >seen
cat seen
printf 'lz4js 28732\nlz4-napi 30000\n' | diff - seen
echo 'seen with lz4js 0.2.0'
