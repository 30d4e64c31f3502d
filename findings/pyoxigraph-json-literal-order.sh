#!/usr/bin/env bash
# pyoxigraph 0.5.13 orders the members of a JSON literal by code point; JCS and jsonld.js order by UTF-16 unit.
#
# JSON-LD 1.1 canonicalizes `@json` values by JCS (RFC 8785, section 3.2.3: UTF-16 code units). The two orders differ only
# where a character above U+FFFF meets one from U+E000 to U+FFFF, and then the literals, and all signatures over them,
# differ.
# Seen on Python 3.11 and Node 20.20: the output below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jsonld@9.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyoxigraph==0.5.13
cat >document.json <<'JSON'
{"@context":{"p":{"@id":"urn:p","@type":"@json"}},"@id":"urn:s","p":{"\ufb33":1,"\ud83d\ude00":2}}
JSON
cat >literal.mjs <<'JS'
import { readFileSync } from "node:fs";
import jsonld from "jsonld";
const [quad] = await jsonld.toRDF(JSON.parse(readFileSync("document.json", "utf8")));
console.log(Object.values(JSON.parse(quad.object.value)).join(","));
JS
cat >literal.py <<'PY'
import json
from pyoxigraph import RdfFormat, parse
quad = next(iter(parse(open("document.json", "rb").read(), format=RdfFormat.JSON_LD)))
print(",".join(str(value) for value in json.loads(quad.object.value).values()))
PY
seen="jsonld.js:  $(node literal.mjs)
pyoxigraph: $(venv/bin/python literal.py)"
expected='jsonld.js:  2,1
pyoxigraph: 1,2'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
