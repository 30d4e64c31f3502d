#!/usr/bin/env bash
# go-tuf 2.4.2 compares path_hash_prefixes with base64, so plain hash bins of other tools find nothing.
#
# TUF 4.5 has hexadecimal prefixes of the SHA-256 of the path. `DelegatedRole.IsDelegatedPath` matches the first
# characters of the URL-safe base64 of that hash instead. Succinct roles (TAP 15) are computed from bits and not affected.
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
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/theupdateframework/go-tuf/v2/metadata"
)

func main() {
	path := "a/b.txt"
	hash := sha256.Sum256([]byte(path))
	hexadecimal := hex.EncodeToString(hash[:])[:2]
	base := base64.URLEncoding.EncodeToString(hash[:])[:2]
	for _, prefix := range []string{hexadecimal, base} {
		role := metadata.DelegatedRole{Name: "bin", PathHashPrefixes: []string{prefix}}
		delegated, err := role.IsDelegatedPath(path)
		fmt.Println(prefix, delegated, err)
	}
}
GO
go mod tidy >/dev/null 2>&1
seen=$(go run .)
expected='55 false <nil>
VV true <nil>'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
