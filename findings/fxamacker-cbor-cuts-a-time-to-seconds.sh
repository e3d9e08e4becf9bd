#!/usr/bin/env bash
# github.com/fxamacker/cbor/v2 v2.10.0 (CBOR for Go).
#
# cbor.Marshal of a time.Time, with the options as they come, writes a plain integer: the fraction of a second is lost, tag 1 is not
# there, and a consumer without the struct gets a number. The zero time is null. ugorji/go/codec v1.3.2 keeps both fraction and tag.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"time"

	"github.com/fxamacker/cbor/v2"
	"github.com/ugorji/go/codec"
)

func main() {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678000000, time.UTC)
	written, _ := cbor.Marshal(at)
	var read time.Time
	cbor.Unmarshal(written, &read)
	var plain any
	cbor.Unmarshal(written, &plain)
	fmt.Printf("fxamacker %x %s %T\n", written, read.UTC().Format("15:04:05.000"), plain)
	zero, _ := cbor.Marshal(time.Time{})
	fmt.Printf("fxamacker zero time %x\n", zero)
	var other []byte
	codec.NewEncoderBytes(&other, &codec.CborHandle{}).Encode(at)
	cbor.Unmarshal(other, &plain)
	fmt.Printf("ugorji %x %T\n", other, plain)
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/fxamacker/cbor/v2@v2.10.0 github.com/ugorji/go/codec@v1.3.2 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'fxamacker 1a695735a5 03:04:05.000 uint64' 'fxamacker zero time f6' 'ugorji c1fb41da55cd696b645a time.Time' | diff - seen
echo 'seen with fxamacker/cbor v2.10.0 and ugorji/go/codec v1.3.2'
