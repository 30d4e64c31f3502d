/**
 * convert, canonize, inspect and suites.
 * @module
 */
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { errorOf, folder, makeRepository, sigstoreRoot } from "./tufLd.ts";

const GOLDEN = {
  signed: {
    _type: "timestamp",
    spec_version: "1.0.34",
    version: 7,
    expires: "2030-01-01T00:00:00Z",
    meta: { "snapshot.json": { version: 5 } },
  },
  signatures: [],
};

const GOLDEN_NQUADS = `_:c14n0 <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://w3id.org/tuf-ld#Timestamp> .
_:c14n0 <https://w3id.org/tuf-ld#expires> "2030-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
_:c14n0 <https://w3id.org/tuf-ld#meta> _:c14n1 .
_:c14n0 <https://w3id.org/tuf-ld#specVersion> "1.0.34" .
_:c14n0 <https://w3id.org/tuf-ld#version> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
_:c14n1 <https://w3id.org/tuf-ld#fileName> "snapshot.json" .
_:c14n1 <https://w3id.org/tuf-ld#version> "5"^^<http://www.w3.org/2001/XMLSchema#integer> .
`;

describe("convert", () => {
  test("Sigstore's root goes to the linked form and back without loss", () => {
    const at = folder();
    at.write("root.json", sigstoreRoot);
    at.ok(["convert", "--to", "linked", "root.json", "-o", "root.jsonld"]);
    expect(at.json("root.jsonld")).toMatchObject({ _type: "root", proof: expect.any(Array) });
    expect(at.json("root.jsonld")).not.toHaveProperty("signed");
    at.ok(["convert", "--to", "classic", "root.jsonld", "-o", "back.json"]);
    expect(at.json("back.json")).toEqual(JSON.parse(sigstoreRoot.toString("utf8")));
    expect(Object.keys(at.json("back.json")).sort()).toEqual(["signatures", "signed"]);
  });

  test("a document comes from stdin and goes to stdout", () => {
    const at = folder();
    at.write("root.json", sigstoreRoot);
    const linked = at.ok(["convert", "--to", "linked", "-"], { input: sigstoreRoot });
    expect(linked).toBe(at.ok(["convert", "--to", "linked", "root.json"]));
    expect(linked).toBe(at.ok(["convert", "--to", "linked", "-", "-o", "-"], { input: sigstoreRoot }));
  });

  test("linked proofs ride along in the classic form unless they are dropped", () => {
    const at = folder();
    makeRepository(at);
    at.ok(["sign", "root.json", "-k", "alice.pem", "-o", "signed.json"]);
    at.ok(["convert", "--to", "classic", "signed.json", "-o", "kept.json"]);
    expect(at.json("kept.json")).toHaveProperty("proof");
    at.ok(["convert", "--to", "classic", "--drop-proofs", "signed.json", "-o", "dropped.json"]);
    expect(Object.keys(at.json("dropped.json")).sort()).toEqual(["signatures", "signed"]);
    expect(at.run(["convert", "--to", "linked", "--drop-proofs", "signed.json"]).code).toBe(2);
  });

  test("--json tells what was done, and --indent how it is written", () => {
    const at = folder();
    at.write("root.json", sigstoreRoot);
    const out = at.ok(["convert", "--to", "linked", "root.json", "-o", "l.json", "--indent", "0", "--json"]);
    expect(JSON.parse(out)).toEqual({
      ...{ ok: true, type: "root", form: "linked", out: "l.json", proofs: 0 },
      version: expect.any(Number),
      signatures: expect.any(Number),
    });
    expect(at.read("l.json")).not.toContain("\n");
  });
});

describe("canonize", () => {
  test("prints the canonical N-Quads, the same with either engine and from either form", () => {
    const at = folder();
    at.write("t.json", GOLDEN);
    expect(at.ok(["canonize", "t.json"])).toBe(GOLDEN_NQUADS);
    expect(at.ok(["canonize", "t.json", "--engine", "reference"])).toBe(GOLDEN_NQUADS);
    at.ok(["convert", "--to", "linked", "t.json", "-o", "t.jsonld"]);
    expect(at.ok(["canonize", "t.jsonld"])).toBe(GOLDEN_NQUADS);
    const sha256 = createHash("sha256").update(GOLDEN_NQUADS).digest("hex");
    expect(at.ok(["canonize", "t.json", "--hash"])).toBe(`${sha256}\n`);
    const json = JSON.parse(at.ok(["canonize", "t.json", "--json"])) as object;
    expect(json).toEqual({ view: "linked", canonical: GOLDEN_NQUADS, algorithm: "sha256", digest: sha256 });
  });

  test("prints the bytes that classic signatures cover", () => {
    const at = folder();
    at.write("t.json", GOLDEN);
    expect(at.ok(["canonize", "--view", "classic", "t.json"])).toBe(
      '{"_type":"timestamp","expires":"2030-01-01T00:00:00Z","meta":{"snapshot.json":{"version":5}},"spec_version":"1.0.34","version":7}',
    );
    const text = at.ok(["canonize", "--view", "classic", "--digest", "sha384", "--hash", "t.json"]).trim();
    expect(text).toMatch(/^[0-9a-f]{96}$/);
  });

  test("a JSON-LD document of another shape has a canonical form too, and no classic view", () => {
    const at = folder();
    const context = ["https://www.w3.org/ns/credentials/v2"];
    at.write("c.json", {
      "@context": context,
      id: "urn:x",
      type: ["VerifiableCredential"],
      issuer: "did:example:i",
    });
    expect(at.ok(["canonize", "c.json"])).toContain("<urn:x> <https://www.w3.org/2018/credentials#issuer>");
    expect(at.run(["canonize", "--view", "classic", "c.json"]).code).toBe(2);
  });
});

describe("inspect", () => {
  test("sums a root up, and says who has not signed", () => {
    const at = folder();
    at.write("root.json", sigstoreRoot);
    const text = at.ok(["inspect", "root.json"]);
    expect(text).toMatch(/^type {15}root$/m);
    expect(text).toMatch(/^ {2}root {2}3 of 5$/m);
    expect(text).toContain("(not signed yet)");
    const summary = JSON.parse(at.ok(["inspect", "--json", "root.json"])) as Record<string, unknown>;
    expect(summary).toMatchObject({ type: "root", keys: 6, roles: { root: "3 of 5" }, proofs: [] });
  });

  test("shows the graph as a tree, expanded, and as N-Quads", () => {
    const at = folder();
    at.write("t.json", GOLDEN);
    expect(at.ok(["inspect", "--nquads", "t.json"])).toBe(GOLDEN_NQUADS);
    expect(at.ok(["inspect", "--tree", "t.json"])).toBe(
      `tuf:Timestamp
  tuf:expires "2030-01-01T00:00:00Z" xsd:dateTime
  tuf:specVersion "1.0.34"
  tuf:version "7" xsd:integer
  tuf:meta
    tuf:fileName "snapshot.json"
    tuf:version "5" xsd:integer
`,
    );
    expect(JSON.parse(at.ok(["inspect", "--expanded", "t.json"]))).toMatchObject([
      { "http://www.w3.org/1999/02/22-rdf-syntax-ns#type": [{ "@id": "https://w3id.org/tuf-ld#Timestamp" }] },
    ]);
    for (const form of ["tree", "nquads", "expanded"]) {
      expect(() => JSON.parse(at.ok(["inspect", `--${form}`, "--json", "t.json"]))).not.toThrow();
    }
  });

  test("every kind of metadata has a summary", () => {
    const at = folder();
    makeRepository(at);
    expect(at.ok(["inspect", "targets.json"])).toMatch(/^targets {12}1$/m);
    expect(at.ok(["inspect", "targets.json"])).toContain("team/a");
    expect(at.ok(["inspect", "timestamp.json"])).toMatch(/snapshot\.json {2}1/);
    expect(at.ok(["inspect", "team.json"])).toMatch(/^delegations {8}none$/m);
  });

  test("control characters of a file do not reach the terminal", () => {
    const at = folder();
    const meta = { "\u001b[2J\u009bhidden\u202e.json": { version: 5 } };
    at.write("t.json", { ...GOLDEN, signed: { ...GOLDEN.signed, _type: "snapshot", meta } });
    for (const args of [["t.json"], ["--tree", "t.json"]]) {
      const shown = at.ok(["inspect", ...args]);
      expect(shown).toContain("hidden");
      expect(shown).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
    }
  });
});

describe("suites", () => {
  test("names every suite with the URIs of its parts", () => {
    const at = folder();
    const text = at.ok(["suites"]);
    const suites = JSON.parse(at.ok(["suites", "--json"])) as Record<string, string>[];
    const names = [
      "Ed25519Signature2020",
      "Ed25519Signature2018",
      "eddsa-rdfc-2022",
      "eddsa-jcs-2022",
      "ecdsa-rdfc-2019",
    ];
    expect(suites.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    for (const { id, canonicalization } of suites) {
      expect(id).toMatch(/^[a-z]+:/);
      expect(text).toContain(id);
      expect(text).toContain(canonicalization);
    }
    const old = suites.find(({ name }) => name === "Ed25519Signature2018");
    expect(old?.["accepted"]).toBe("only if asked for");
  });
});

describe("documents that are refused", () => {
  const valid = JSON.stringify(GOLDEN);
  const context = (extra: object): string => JSON.stringify({ ...GOLDEN, ...extra });
  const deep = "[".repeat(65);

  test.each<[string, string | Uint8Array, string]>([
    ["text that is not JSON", "hello", "ERR_JSON_SYNTAX"],
    ["an empty file", "", "ERR_JSON_SYNTAX"],
    ["a truncated file", valid.slice(0, -20), "ERR_JSON_SYNTAX"],
    [
      "bytes that are not UTF-8",
      new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
      "ERR_JSON_SYNTAX",
    ],
    ["two members of one name", valid.replace('"version":7', '"version":7,"version":8'), "ERR_JSON_SYNTAX"],
    ["an unsafe integer", valid.replace('"version":7', '"version":9007199254740993'), "ERR_SHAPE"],
    ["nothing but brackets", deep, "ERR_LIMIT"],
    ["an array", "[]", "ERR_SHAPE"],
    ["null", "null", "ERR_SHAPE"],
    ["an object that is neither TUF nor JSON-LD", '{"a":1}', "ERR_SHAPE"],
    ["a fraction in metadata", valid.replace('"version":7', '"version":7.0'), "ERR_JSON_SYNTAX"],
    ["a version that is text", valid.replace('"version":7', '"version":"7"'), "ERR_SHAPE"],
    ["an inline context", context({ "@context": [{ tuf: "urn:x" }], proof: [] }), "ERR_CONTEXT"],
    ["another context", context({ "@context": "https://example.org/c", proof: [] }), "ERR_CONTEXT"],
    ["a context without a proof", context({ "@context": [] }), "ERR_SHAPE"],
    [
      "JSON-LD with a context that is not pinned",
      '{"@context":"https://example.org/c","a":1}',
      "ERR_CONTEXT",
    ],
    [
      "JSON-LD with a member that would be dropped",
      '{"@context":["https://w3id.org/security/data-integrity/v2"],"id":"urn:a","unheard":1}',
      "ERR_UNDEFINED_TERM",
    ],
  ])("%s: code 18, and the message names the file", (_, content, code) => {
    const at = folder();
    at.write("x.json", content);
    for (const args of [
      ["canonize", "x.json"],
      ["inspect", "--nquads", "x.json"],
    ]) {
      const ended = at.run(args);
      expect(ended).toMatchObject({ code: 18, out: "" });
      expect(errorOf(ended)).toMatchObject({ code, message: expect.stringMatching(/^x\.json: ./) });
      expect(ended.err.trimEnd().split("\n")).toHaveLength(2);
    }
    const piped = at.run(["canonize", "-"], { input: content });
    expect(piped.code).toBe(18);
    expect(errorOf(piped).message).toMatch(/^stdin: ./);
  });

  test("sound TUF without a linked form is named, and not called damaged, by convert and sign", () => {
    const at = folder();
    makeRepository(at);
    const target = { length: 1, hashes: { sha256: "00" } };
    const expires = "2036-01-01T00:00:00Z";
    const signed = {
      _type: "targets",
      expires,
      spec_version: "1.0.31",
      targets: { "@latest": target },
      version: 1,
    };
    at.write("latest.json", JSON.stringify({ signatures: [], signed }));
    for (const command of [
      ["convert", "latest.json", "--to", "linked"],
      ["sign", "latest.json", "--role", "targets", "--key", "alice.pem"],
    ]) {
      expect(errorOf(at.run(command))).toMatchObject({
        code: "ERR_SHAPE",
        message: expect.stringMatching(/^latest\.json: the document has no linked form: .*@latest/),
      });
    }
    at.ok(["convert", "latest.json", "--to", "classic"]);
  });

  test("the place of an offence is in the message", () => {
    const at = folder();
    at.write("x.json", '{\n  "signed": {},\n  "signed": {}\n}');
    expect(errorOf(at.run(["inspect", "x.json"])).message).toContain("line 3, column 3");
  });
});
