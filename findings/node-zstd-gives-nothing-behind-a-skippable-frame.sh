#!/usr/bin/env bash
# Node 26.9.0.
#
# A Zstandard stream may begin with a skippable frame (RFC 8878, 3.1.2), which decoders pass over. `zstdDecompressSync` gives an empty
# buffer for such a stream, with no error; fzstd 0.1.1 gives the content. Of two frames of its own that follow
# each other it gives the first.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --allow-scripts=node node@26.9.0 fzstd@0.1.1 2>/dev/null || npm install --silent --no-audit --no-fund node@26.9.0 fzstd@0.1.1
node_modules/.bin/node -e '
const { zstdCompressSync, zstdDecompressSync } = require("node:zlib")
const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
const frame = zstdCompressSync(Buffer.from("hello"))
const stream = Buffer.concat([skippable, frame])
console.log("node", JSON.stringify(zstdDecompressSync(stream).toString()))
console.log("fzstd", JSON.stringify(Buffer.from(require("fzstd").decompress(stream)).toString()))
console.log("node, two frames", zstdDecompressSync(Buffer.concat([frame, frame])).toString())
' >seen
cat seen
printf 'node ""\nfzstd "hello"\nnode, two frames hello\n' | diff - seen
echo 'seen with Node 26.9.0'
