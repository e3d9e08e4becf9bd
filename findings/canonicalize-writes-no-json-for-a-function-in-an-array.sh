#!/usr/bin/env bash
# canonicalize 4.0.0 (RFC 8785).
#
# Beside JSON.stringify, whose values it canonicalizes: for a function in an array nothing is written, so that the output, `[,2]`, is no
# JSON (JSON.stringify: null), and a boxed number is an empty object (JSON.stringify: the number). undefined in an array is null in both.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund canonicalize@4.0.0
node --input-type=module -e '
import canonicalize from "canonicalize"
for (const value of [[() => 1, 2], [undefined, 2], new Number(5)]) console.log(JSON.stringify(value), canonicalize(value))
' >seen
cat seen
printf '[null,2] [,2]\n[null,2] [null,2]\n5 {}\n' | diff - seen
echo 'seen with canonicalize 4.0.0'
