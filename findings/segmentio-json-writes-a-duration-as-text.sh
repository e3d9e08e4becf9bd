#!/usr/bin/env bash
# github.com/segmentio/encoding v0.5.4 (its package json takes the place of encoding/json).
#
# A time.Duration is the text "1.5s" to segmentio/encoding and the number 1500000000 to encoding/json. segmentio reads both; a consumer
# with encoding/json refuses the message, and one without a type gets a text for a number.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"time"

	segmentio "github.com/segmentio/encoding/json"
)

type retry struct{ After time.Duration }

func main() {
	ours, _ := segmentio.Marshal(retry{1500 * time.Millisecond})
	theirs, _ := json.Marshal(retry{1500 * time.Millisecond})
	var read, alike retry
	fmt.Println("segmentio", string(ours), "read by encoding/json:", json.Unmarshal(ours, &read) != nil, "refused")
	fmt.Println("encoding/json", string(theirs), "read by segmentio:", segmentio.Unmarshal(theirs, &alike) != nil, "refused", alike.After)
}
GO
go mod init seen >/dev/null 2>&1
go get github.com/segmentio/encoding@v0.5.4 >/dev/null 2>&1
go run -mod=mod main.go >seen
cat seen
printf '%s\n' 'segmentio {"After":"1.5s"} read by encoding/json: true refused' \
  'encoding/json {"After":1500000000} read by segmentio: false refused 1.5s' | diff - seen
echo 'seen with segmentio/encoding v0.5.4'
