#!/usr/bin/env bash
# go-tuf 2.4.2 reads an expiry with a fraction of a second and writes it with other digits, so its signature is lost.
#
# Signatures cover canonical JSON of what was parsed. "...00.500Z" becomes "...00.5Z" on the way through time.Time, and a
# signature over the text of the file does not verify any more, though the file loads without an error.
# Seen with Go 1.26: the output below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOFLAGS=-mod=mod
cat >go.mod <<'MOD'
module finding
go 1.24
require github.com/theupdateframework/go-tuf/v2 v2.4.2
MOD
cat >main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

const text = `{"signatures":[],"signed":{"_type":"timestamp","expires":"2030-01-01T00:00:00.500Z",` +
	`"meta":{"snapshot.json":{"version":1}},"spec_version":"1.0.31","version":1}}`

func main() {
	var file metadata.Metadata[metadata.TimestampType]
	_, err := file.FromBytes([]byte(text))
	fmt.Println("loads:", err == nil)
	again, _ := file.ToBytes(false)
	var members struct{ Signed struct{ Expires string } }
	_ = json.Unmarshal(again, &members)
	fmt.Println("expires:", members.Signed.Expires)
}
GO
go mod tidy >/dev/null 2>&1
seen=$(go run .)
expected='loads: true
expires: 2030-01-01T00:00:00.5Z'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
