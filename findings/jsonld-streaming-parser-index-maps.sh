#!/usr/bin/env bash
# jsonld-streaming-parser 5.0.1 links a property-valued index map to a node that it does not describe.
#
# A term with `"@container": "@index"` and `"@index": "name"` gives each entry a triple with its key (JSON-LD 1.1,
# "Property-based data indexing"). The parser gives those triples to blank nodes of their own and links the parent to
# another one, the same for all entries. jsonld.js links each entry.
# Seen on Node 20.20: the output below, blank nodes numbered as they come.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund jsonld@9.0.0 jsonld-streaming-parser@5.0.1
cat >links.mjs <<'JS'
import jsonld from "jsonld";
import { JsonLdParser } from "jsonld-streaming-parser";
const items = { "@id": "urn:item", "@container": "@index", "@index": "name" };
const document = {
  "@context": { "@version": 1.1, name: "urn:name", v: "urn:v", items },
  "@id": "urn:s",
  items: { a: { v: "1" }, b: { v: "2" } },
};
const streamed = [];
const parser = new JsonLdParser();
parser.on("data", (quad) => streamed.push(quad));
parser.end(JSON.stringify(document));
await new Promise((resolve, reject) => parser.on("end", resolve).on("error", reject));
for (const [name, quads] of [["jsonld.js", await jsonld.toRDF(document)], ["streaming", streamed]]) {
  const linked = new Set(quads.filter(({ predicate }) => predicate.value === "urn:item").map(({ object }) => object.value));
  const named = quads.filter(({ predicate }) => predicate.value === "urn:name");
  const reached = named.filter(({ subject }) => linked.has(subject.value));
  console.log(`${name}: ${linked.size} linked, ${reached.length} of ${named.length} names reached`);
}
JS
seen=$(node links.mjs)
expected='jsonld.js: 2 linked, 2 of 2 names reached
streaming: 1 linked, 0 of 2 names reached'

if [ "$seen" != "$expected" ]; then
  printf "this has changed. Expected:\n%s\nSeen:\n%s\n" "$expected" "$seen" >&2
  exit 1
fi
printf "still so:\n%s\n" "$seen"
