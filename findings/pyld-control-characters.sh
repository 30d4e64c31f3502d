#!/usr/bin/env bash
# PyLD 3.3.0 has RDFC-1.0 under the name URDNA2015 alone, and writes control characters raw.
#
# `jsonld.normalize` refuses "RDFC-1.0" as an unsupported algorithm, and under "URDNA2015" it keeps the older escapes of
# N-Quads: U+0001 and U+007F stand raw, where RDFC-1.0 has \u0001 and \u007F. A document without such characters gives
# the same bytes as elsewhere.
# Seen on Python 3.11: the output below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check PyLD==3.3.0
cat >normalize.py <<'PY'
from pyld import jsonld
document = {"@context": {"p": "urn:p"}, "@id": "urn:s", "p": "\u0001\u007f"}
for algorithm in ("RDFC-1.0", "URDNA2015"):
    try:
        text = jsonld.normalize(document, {"algorithm": algorithm, "format": "application/n-quads"})
        print(algorithm, text.strip().encode("unicode_escape").decode())
    except jsonld.JsonLdError as error:
        print(algorithm, error.type)
PY
seen=$(venv/bin/python normalize.py)
expected='RDFC-1.0 jsonld.NormalizeError
URDNA2015 <urn:s> <urn:p> "\x01\x7f" .'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
