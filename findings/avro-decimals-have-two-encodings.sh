#!/usr/bin/env bash
# fastavro 1.13.1 and avro 1.12.2 (Python), github.com/hamba/avro v2.31.0 and github.com/linkedin/goavro v2.15.0 (Go).
#
# Avro decimals are two's complement numbers in bytes. For -1.28 (-128 in hundredths) one byte is enough, and goavro writes one (80); the
# other three write two (ff80). Every reader takes both, but what compares bytes (keys of a compacted topic, partitioners, hashes) sees two values.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check fastavro==1.13.1 avro==1.12.2
cd "$work"
venv/bin/python - >seen <<'PYTHON'
import io
import json
from decimal import Decimal
import avro.io
import avro.schema
import fastavro

schema = {"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}
one, other = io.BytesIO(), io.BytesIO()
fastavro.schemaless_writer(one, schema, Decimal("-1.28"))
avro.io.DatumWriter(avro.schema.parse(json.dumps(schema))).write(Decimal("-1.28"), avro.io.BinaryEncoder(other))
print("fastavro", one.getvalue()[1:].hex())
print("avro", other.getvalue()[1:].hex())
PYTHON
cat >main.go <<'GO'
package main

import (
	"fmt"
	"math/big"

	hamba "github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
)

func main() {
	schema := `{"type": "bytes", "logicalType": "decimal", "precision": 6, "scale": 2}`
	value := big.NewRat(-128, 100)
	written, _ := hamba.Marshal(hamba.MustParse(schema), value)
	fmt.Printf("hamba %x\n", written[1:])
	codec, _ := goavro.NewCodec(schema)
	written, _ = codec.BinaryFromNative(nil, value)
	fmt.Printf("goavro %x\n", written[1:])
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/hamba/avro/v2@v2.31.0 github.com/linkedin/goavro/v2@v2.15.0 >/dev/null 2>&1
go run -mod=mod main.go >>seen
cat seen
printf 'fastavro ff80\navro ff80\nhamba ff80\ngoavro 80\n' | diff - seen
echo 'seen with fastavro 1.13.1, avro 1.12.2, hamba/avro v2.31.0 and goavro v2.15.0'
