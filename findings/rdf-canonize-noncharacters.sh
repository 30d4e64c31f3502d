#!/usr/bin/env bash
# rdf-canonize 5.0.0 writes U+FFFE and U+FFFF raw where RDFC-1.0 has them escaped.
#
# RDFC-1.0 (appendix A, canonical N-Quads) escapes every character that XML 1.1 does not allow, and those two are among
# them. pyoxigraph 0.5.13 escapes them. So a signature over a text with one of them verifies in only one of the two.
# Seen on Node 20.20 and Python 3.11: the output below.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund rdf-canonize@5.0.0
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check pyoxigraph==0.5.13
cat >canonize.mjs <<'JS'
import { canonize } from "rdf-canonize";
const literal = { termType: "Literal", value: "\u0001\ufffe\uffff" };
literal.datatype = { termType: "NamedNode", value: "http://www.w3.org/2001/XMLSchema#string" };
const quad = {
  subject: { termType: "NamedNode", value: "urn:s" },
  predicate: { termType: "NamedNode", value: "urn:p" },
  object: literal,
  graph: { termType: "DefaultGraph", value: "" },
};
const text = await canonize([quad], { algorithm: "RDFC-1.0", format: "application/n-quads" });
console.log(Buffer.from(text.trim()).toString("hex"));
JS
cat >canonize.py <<'PY'
from pyoxigraph import CanonicalizationAlgorithm, Dataset, Literal, NamedNode, Quad, RdfFormat, serialize
dataset = Dataset([Quad(NamedNode("urn:s"), NamedNode("urn:p"), Literal("\u0001\ufffe\uffff"))])
dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
print(serialize(dataset, format=RdfFormat.N_QUADS).strip().hex())
PY
seen="rdf-canonize: $(node canonize.mjs | xxd -r -p | LC_ALL=C sed 's/\xef\xbf\xbe/[FFFE]/; s/\xef\xbf\xbf/[FFFF]/')
pyoxigraph:   $(venv/bin/python canonize.py | xxd -r -p)"
expected='rdf-canonize: <urn:s> <urn:p> "\u0001[FFFE][FFFF]" .
pyoxigraph:   <urn:s> <urn:p> "\u0001\uFFFE\uFFFF" .'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
