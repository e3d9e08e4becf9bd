#!/usr/bin/env bash
# github.com/vmihailenco/msgpack/v5 v5.4.1, github.com/ugorji/go/codec v1.3.2 and github.com/hashicorp/go-msgpack/v2 v2.1.5.
#
# An unsigned integer of a MessagePack message, read into a float64: from 2**63 on it turns negative, with no error, though the float
# could hold it. 2**64-1 is read as -1. github.com/shamaton/msgpack/v2 v2.4.0 reads the nearest double of the same bytes.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"fmt"
	"math"

	hashicorp "github.com/hashicorp/go-msgpack/v2/codec"
	shamaton "github.com/shamaton/msgpack/v2"
	"github.com/ugorji/go/codec"
	"github.com/vmihailenco/msgpack/v5"
)

func main() {
	for _, number := range []uint64{1<<63 - 1024, 1 << 63, math.MaxUint64} {
		written, _ := msgpack.Marshal(number)
		var first, second, third, fourth float64
		err1 := codec.NewDecoderBytes(written, &codec.MsgpackHandle{}).Decode(&first)
		err2 := hashicorp.NewDecoderBytes(written, &hashicorp.MsgpackHandle{}).Decode(&second)
		err3 := msgpack.Unmarshal(written, &third)
		err4 := shamaton.Unmarshal(written, &fourth)
		fmt.Printf("%d ugorji %.0f %v hashicorp %.0f %v vmihailenco %.0f %v shamaton %.0f %v\n", number, first, err1, second, err2, third, err3, fourth, err4)
	}
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/ugorji/go/codec@v1.3.2 github.com/hashicorp/go-msgpack/v2@v2.1.5 github.com/vmihailenco/msgpack/v5@v5.4.1 github.com/shamaton/msgpack/v2@v2.4.0 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' \
  '9223372036854774784 ugorji 9223372036854774784 <nil> hashicorp 9223372036854774784 <nil> vmihailenco 9223372036854774784 <nil> shamaton 9223372036854774784 <nil>' \
  '9223372036854775808 ugorji -9223372036854775808 <nil> hashicorp -9223372036854775808 <nil> vmihailenco -9223372036854775808 <nil> shamaton 9223372036854775808 <nil>' \
  '18446744073709551615 ugorji -1 <nil> hashicorp -1 <nil> vmihailenco -1 <nil> shamaton 18446744073709551616 <nil>' | diff - seen
echo 'seen with vmihailenco/msgpack v5.4.1, ugorji/go/codec v1.3.2, hashicorp/go-msgpack v2.1.5 and shamaton/msgpack v2.4.0'
