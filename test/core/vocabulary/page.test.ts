import { describe, expect, test } from "vitest";
import { contextDigest, pinnedContexts } from "../../../src/document/contexts.ts";
import { tufLdContext } from "../../../src/vocabulary/context.ts";
import { classPages, propertyPages } from "../../../src/vocabulary/describe.ts";
import { PROPERTIES } from "../../../src/vocabulary/meanings.ts";
import { contextFiles } from "../../../src/vocabulary/page.ts";
import { CONTEXT_URL, NAMESPACE, SHAPES } from "../../../src/vocabulary/terms.ts";
import { oxigraphTurtle } from "../../support/oxigraph.ts";

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const RDFS = "http://www.w3.org/2000/01/rdf-schema#";
const OWL = "http://www.w3.org/2002/07/owl#";

const text = (name: string): string => contextFiles().get(name) as string;

/** The IRIs of ours that a text names. */
function namesIn(value: string): Set<string> {
  return new Set(value.match(/https:\/\/w3id\.org\/tuf-ld#\w+/g));
}

describe("vocabulary.ttl", () => {
  const quads = oxigraphTurtle(text("vocabulary.ttl"));
  const objects = (subject: string, predicate: string): string[] =>
    quads
      .filter((quad) => quad.subject.value === subject && quad.predicate.value === predicate)
      .map(({ object }) => object.value);
  const defined = new Set(
    quads.filter(({ predicate }) => predicate.value === `${RDF}type`).map(({ subject }) => subject.value),
  );

  test("defines every IRI of ours that the context mentions, ClassicSignature and ClassicEnvelope included", () => {
    const mentioned = namesIn(JSON.stringify(tufLdContext));
    expect(mentioned).toContain(`${NAMESPACE}ClassicSignature`);
    expect(mentioned).toContain(`${NAMESPACE}ClassicEnvelope`);
    expect([...mentioned].filter((iri) => !defined.has(iri))).toEqual([]);
  });

  test("defines nothing that the context does not mention, but the classes of entries", () => {
    const mentioned = namesIn(JSON.stringify(tufLdContext));
    const more = [...defined].filter((iri) => iri.startsWith(NAMESPACE) && !mentioned.has(iri));
    const entries = Object.keys(SHAPES).filter((name) => !("type" in SHAPES[name as keyof typeof SHAPES]));
    expect(more.sort()).toEqual(entries.map((name) => NAMESPACE + name).sort());
  });

  test("gives each property one label, comment, source, domain and range", () => {
    for (const name of Object.keys(PROPERTIES)) {
      const iri = NAMESPACE + name;
      expect(objects(iri, `${RDF}type`)).toContain(`${RDF}Property`);
      expect(objects(iri, `${RDFS}label`)).toEqual([name]);
      for (const predicate of [
        `${RDFS}comment`,
        "http://purl.org/dc/terms/source",
        `${RDFS}domain`,
        `${RDFS}range`,
      ]) {
        expect(objects(iri, predicate)).toHaveLength(1);
      }
    }
  });

  test("names only classes that it defines", () => {
    const named = quads.map(({ object }) => object.value).filter((iri) => iri.startsWith(NAMESPACE));
    expect(named.length).toBeGreaterThan(20);
    expect(named.filter((iri) => !objects(iri, `${RDF}type`).includes(`${OWL}Class`))).toEqual([]);
  });
});

describe("vocabulary.md", () => {
  const page = text("vocabulary.md");

  test("has a section for every property and a row for every class, with their TUF sections", () => {
    for (const [name, { section, about }] of Object.entries(PROPERTIES)) {
      expect(page).toContain(`### ${name}\n\n${about} Section ${section}.\n`);
    }
    for (const { name, section } of classPages())
      expect(page).toMatch(new RegExp(`\\| ${name} \\| .* \\| ${section} \\|`));
  });

  test("says where each property comes from, and no property comes from nowhere", () => {
    for (const { uses } of propertyPages()) {
      expect(uses.length).toBeGreaterThan(0);
      for (const { domain, member, range, count } of uses) {
        expect(page).toContain(`| ${domain} | ${member} | ${range} | ${count} |\n`);
      }
    }
    expect(page).not.toContain("undefined");
  });
});

test("pinned.md has our context's hash and every pinned one's", () => {
  const page = text("pinned.md");
  expect(page).toContain(`| <${CONTEXT_URL}> | tuf-ld | \`${contextDigest(tufLdContext)}\` |`);
  for (const { url, package: name, sha256 } of pinnedContexts.values()) {
    expect(page).toContain(`| <${url}> | ${name} | \`${sha256}\` |`);
  }
});

test("tuf-ld-v1.jsonld is the context of the code", () => {
  expect(JSON.parse(text("tuf-ld-v1.jsonld"))).toEqual(tufLdContext);
});
