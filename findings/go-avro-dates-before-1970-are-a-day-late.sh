#!/usr/bin/env bash
# github.com/linkedin/goavro v2.15.0 and github.com/hamba/avro v2.31.0.
#
# A time.Time with a time of day, written as Avro's `date`: from 1970 on its day is written, before 1970 the day after it. A birthday of
# 1960-01-02 that was read with hours and minutes is sent as 1960-01-03 by both.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"time"

	hamba "github.com/hamba/avro/v2"
	"github.com/linkedin/goavro/v2"
)

func main() {
	schema := `{"type": "int", "logicalType": "date"}`
	codec, _ := goavro.NewCodec(schema)
	for _, at := range []time.Time{time.Date(2026, 1, 2, 9, 30, 0, 0, time.UTC), time.Date(1960, 1, 2, 9, 30, 0, 0, time.UTC), time.Date(1960, 1, 2, 0, 0, 0, 0, time.UTC)} {
		written, _ := codec.BinaryFromNative(nil, at)
		read, _, _ := codec.NativeFromBinary(written)
		other, _ := hamba.Marshal(hamba.MustParse(schema), at)
		alike, _, _ := codec.NativeFromBinary(other)
		fmt.Println(at.Format("2006-01-02T15:04"), "goavro", read.(time.Time).Format("2006-01-02"), "hamba", alike.(time.Time).Format("2006-01-02"))
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/hamba/avro/v2@v2.31.0 github.com/linkedin/goavro/v2@v2.15.0 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' '2026-01-02T09:30 goavro 2026-01-02 hamba 2026-01-02' '1960-01-02T09:30 goavro 1960-01-03 hamba 1960-01-03' \
  '1960-01-02T00:00 goavro 1960-01-02 hamba 1960-01-02' | diff - seen
echo 'seen with goavro v2.15.0 and hamba/avro v2.31.0'
