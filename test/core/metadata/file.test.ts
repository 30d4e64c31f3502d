import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { olpc } from "../../../src/classic/olpc.ts";
import { type JsonValue, parseJson } from "../../../src/document/json.ts";
import { jsonText } from "../../../src/document/jsonText.ts";
import {
  type FileForm,
  type MetadataFile,
  metadataFromJson,
  metadataToJson,
  parseMetadata,
  parseMetadataText,
  serializeMetadata,
} from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Root } from "../../../src/vocabulary/types.ts";
import { signed as anySigned, json, name } from "../../support/arbitraries.ts";
import { type Draft, draft } from "../../support/documents.ts";
import { runs } from "../../support/runs.ts";
import { stockCanonize } from "../../support/stock.ts";

const FORMS: readonly FileForm[] = ["classic", "file", "linked"];
const PROOF: Draft = { type: "DataIntegrityProof", cryptosuite: "eddsa-rdfc-2022", proofValue: "z1" };
const SIGNATURE: Draft = { keyid: "k1", sig: "00ff" };
const CONTEXT: JsonValue = [...TUF_CONTEXTS];

const classic = (more: Draft = {}): Draft => ({ signed: draft("root"), signatures: [SIGNATURE], ...more });
const file = (more: Draft = {}): Draft => classic({ "@context": CONTEXT, proof: [PROOF], ...more });
function linked(more: Draft = {}): Draft {
  const { signed } = metadataFromJson(classic());
  return { "@context": CONTEXT, ...toLinked(signed), proof: [PROOF], ...more };
}

const kept = (entry: Draft): Draft => linked({ proof: [PROOF, entry] });
function without(document: Draft, member: string): Draft {
  return Object.fromEntries(Object.entries(document).filter(([each]) => each !== member));
}

const refused = (path: string): object =>
  expect.objectContaining({ code: "ERR_SHAPE", details: { path, reason: expect.any(String) } });

describe("a metadata file", () => {
  const signature = fc
    .tuple(fc.dictionary(name, json, { maxKeys: 2 }), name, fc.constantFrom("", "00ff"))
    .map(([more, keyid, sig]) => ({ ...more, keyid, sig }));
  const reserved = ["signed", "signatures", "@context", "proof"];
  const anyFile = fc.record({
    signed: anySigned,
    signatures: fc.uniqueArray(signature, { maxLength: 3, selector: ({ keyid }) => keyid }),
    proof: fc.array(fc.constant(PROOF), { maxLength: 2 }),
    linked: fc.constant(true),
    unrecognized: fc.dictionary(
      name.filter((text) => !reserved.includes(text)),
      json,
      { maxKeys: 2 },
    ),
  }) as fc.Arbitrary<MetadataFile>;

  test("comes back whole from the two linked forms, and without its proofs from the classic one", () => {
    fc.assert(
      fc.property(anyFile, fc.constantFrom(...FORMS), fc.constantFrom(0, 2), (original, form, indent) => {
        const read = parseMetadata(serializeMetadata(original, form, indent));
        expect(read).toEqual(form === "classic" ? { ...original, proof: [], linked: false } : original);
        expect(olpc(metadataToJson(read, "classic"))).toBe(olpc(metadataToJson(original, "classic")));
      }),
      { numRuns: runs(1_000) },
    );
  });

  test("converts along any path of forms without loss, as long as it is not the classic one", () => {
    fc.assert(
      fc.property(
        anyFile,
        fc.array(fc.constantFrom<FileForm[]>("file", "linked"), { maxLength: 4 }),
        (original, path) => {
          let read = original;
          for (const form of path) read = metadataFromJson(metadataToJson(read, form));
          expect(read).toEqual(original);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test("in linked form is JSON-LD whose proofs, classic signatures and envelope stock tools read in safe mode", async () => {
    const original = metadataFromJson(file({ signatures: [{ ...SIGNATURE, extra: [1] }], more: null }));
    const { "@context": context, ...document } = metadataToJson(original, "linked");
    const quads = await stockCanonize(document, context as string[]);
    for (const text of [
      "tuf-ld#ClassicSignature>",
      'tuf-ld#sig> "00ff"',
      "tuf-ld#ClassicEnvelope>",
      "security#proofValue>",
    ]) {
      expect(quads).toContain(text);
    }
    expect(quads).toContain(String.raw`tuf-ld#unrecognized> "{\"extra\":[1]}"`);
    expect(quads).toContain(String.raw`tuf-ld#unrecognized> "{\"more\":null}"`);
  });

  test("is UTF-8 that ends in a line feed, or one line when not indented", () => {
    const read = metadataFromJson(classic());
    const text = (indent?: number): string =>
      new TextDecoder().decode(serializeMetadata(read, "classic", indent));
    expect(text()).toMatch(/^\{\n {2}"signatures".*\n\}\n$/s);
    expect(text(0)).not.toMatch(/\n/);
  });

  test("of a wanted type has that type for the compiler, and of another is refused", () => {
    const bytes = serializeMetadata(metadataFromJson(classic()), "classic");
    expectTypeOf(parseMetadata(bytes, { type: "root" })).toEqualTypeOf<MetadataFile<Root>>();
    for (const form of FORMS) {
      const again = serializeMetadata(metadataFromJson(file()), form);
      expect(parseMetadata(again, { type: "root" }).signed.keys["k1"]?.scheme).toBe("ed25519");
      const path = form === "linked" ? "/_type" : "/signed/_type";
      expect(() => parseMetadata(again, { type: "targets" })).toThrow(refused(path));
    }
  });
});

test("each hand-made form is accepted as it is", () => {
  for (const document of [classic(), file(), linked(), without(linked(), "proof"), file({ proof: [] })]) {
    expect(() => metadataFromJson(document)).not.toThrow();
  }
});

test("a single proof may stand without its array", () => {
  expect(metadataFromJson(file({ proof: PROOF })).proof).toEqual([PROOF]);
  expect(metadataFromJson(linked({ proof: PROOF })).proof).toEqual([PROOF]);
});

describe("an envelope is refused", () => {
  test.each<[string, JsonValue, string]>([
    ["as null", null, ""],
    ["as an array", [classic()], ""],
    ["as a string", "root", ""],
    ["without signed and @context", {}, ""],
    ["with signed as null", classic({ signed: null }), "/signed"],
    ["without signatures", without(classic(), "signatures"), "/signatures"],
    ["with signatures as an object", classic({ signatures: { 0: SIGNATURE } }), "/signatures"],
    ["with a signature that is a string", classic({ signatures: [SIGNATURE, "x"] }), "/signatures/1"],
    ["with a signature without keyid", classic({ signatures: [{ sig: "" }] }), "/signatures/0/keyid"],
    [
      "with a signature whose keyid is a number",
      classic({ signatures: [{ keyid: 1, sig: "" }] }),
      "/signatures/0/keyid",
    ],
    ["with a signature without sig", classic({ signatures: [{ keyid: "k" }] }), "/signatures/0/sig"],
    [
      "with a signature whose sig is null",
      classic({ signatures: [{ keyid: "k", sig: null }] }),
      "/signatures/0/sig",
    ],
  ])("%s", (_what, document, path) => {
    expect(() => metadataFromJson(document)).toThrow(refused(path));
  });
});

describe("a file that has no linked form", () => {
  const utf8 = new TextEncoder();
  const target = { length: 1, hashes: { sha256: "00ff" } };
  const targets = (more: Draft): Draft => classic({ signed: { ...draft("targets"), ...more } });
  const delegating = (more: Draft): Draft => {
    const role = { name: "r", keyids: [], threshold: 1, terminating: false };
    return targets({ delegations: { keys: {}, roles: [{ ...role, ...more }] } });
  };
  const named = (name: string): Draft => targets({ targets: Object.fromEntries([[name, target]]) });
  const cases: [string, Draft, string][] = [
    ["proof and no @context", classic({ proof: [PROOF] }), "the document must have both"],
    ["@context and no proof", classic({ "@context": CONTEXT }), "the document must have both"],
    ["null as proof", file({ proof: null }), "/proof/0 must be an object"],
    ["a proof that is a string", file({ proof: [PROOF, "x"] }), "/proof/1 must be an object"],
    [
      "a ClassicSignature beside signed",
      file({ proof: [{ type: "ClassicSignature", ...SIGNATURE }] }),
      "/proof/0/type must not stand",
    ],
    [
      "a ClassicEnvelope beside signed",
      file({ proof: [PROOF, { type: "ClassicEnvelope", unrecognized: {} }] }),
      "/proof/1/type must not stand",
    ],
    ["another @context", file({ "@context": "https://example.org/x" }), "@context must be exactly"],
    ["a target named @latest", named("@latest"), "/signed/targets/@latest has the form of a JSON-LD keyword"],
    ["a target named __proto__", named("__proto__"), '"__proto__" is not allowed'],
    ["a member named __proto__", classic(JSON.parse('{"__proto__":{"a":1}}')), '"__proto__" is not allowed'],
    ["a repeated path", delegating({ paths: ["a", "a"] }), "paths must not repeat a value"],
    ["a repeated prefix", delegating({ path_hash_prefixes: ["0", "0"] }), "prefixes must not repeat a value"],
    [
      "integers beyond 2^53",
      targets({ targets: { a: { ...target, custom: { n: 2n ** 53n + 1n, m: [-(10n ** 40n)] } } } }),
      "an integer beyond",
    ],
  ];

  test.each(cases)("for its %s says why, and keeps its text", (_what, document, why) => {
    const text = jsonText({ ...document }, 2);
    const bytes = utf8.encode(`${text}\n`);
    for (const parse of [parseMetadata, (each: Uint8Array) => parseMetadataText(each).file]) {
      const read = parse(bytes);
      expect(read.linkedProblem?.message).toContain(why);
      // `signatures` and `signed` are written last, and nothing else is moved.
      const { signed, signatures, ...rest } = document;
      const written = new TextDecoder().decode(serializeMetadata(read, "classic"));
      expect(written).toBe(`${jsonText({ ...rest, signatures, signed }, 2)}\n`);
      expect(olpc(read.signed as unknown as JsonValue)).toBe(olpc(document["signed"] as JsonValue));
    }
  });

  test.each(cases)(
    "for its %s leaves the caller's bytes as they are, a Node Buffer's too",
    (_what, document) => {
      // What `readFile` gives, whose `slice` is a view and no copy.
      class Shared extends Uint8Array {
        override slice(start?: number, end?: number): Uint8Array<ArrayBuffer> {
          return this.subarray(start, end) as Uint8Array<ArrayBuffer>;
        }
      }
      for (const indent of [0, 2]) {
        const bytes = utf8.encode(jsonText(document, indent));
        const shared = new Shared(bytes);
        const { file: read, signedText } = parseMetadataText(shared);
        expect(read.signed).toEqual(parseMetadata(bytes).signed);
        expect(new Uint8Array(shared)).toEqual(bytes);
        const before = signedText?.slice();
        shared.fill(0);
        expect(signedText).toEqual(before);
      }
    },
  );

  test.each(cases)("for its %s is refused where a linked form is asked for", (_what, document, reason) => {
    const bytes = utf8.encode(jsonText(document));
    const why = `the document has no linked form: ${reason.startsWith("/") ? reason : ""}`;
    const refusal = expect.objectContaining({ message: expect.stringContaining(why) });
    expect(() => parseMetadata(bytes, { linkable: true })).toThrow(refusal);
    expect(() => parseMetadataText(bytes, { linkable: true })).toThrow(refusal);
    const read = parseMetadata(bytes);
    expect(() => serializeMetadata(read, "linked")).toThrow(refusal);
    if (!read.linked) expect(() => serializeMetadata(read, "file")).toThrow(refusal);
  });
});

describe("@context is refused", () => {
  const [ours, suite, dataIntegrity] = TUF_CONTEXTS;
  test.each<[string, JsonValue]>([
    ["in another order", [suite, ours, dataIntegrity]],
    ["with one missing", [ours, suite]],
    ["with one more", [...TUF_CONTEXTS, "https://www.w3.org/ns/credentials/v2"]],
    ["with one twice", [ours, suite, dataIntegrity, dataIntegrity]],
    ["with an inline one", [ours, suite, dataIntegrity, { version: "https://w3id.org/tuf-ld#threshold" }]],
    ["with an inline one in the place of another", [ours, suite, { "@import": dataIntegrity }]],
    ["as one URL", ours],
    ["as an object", { "@vocab": "https://w3id.org/tuf-ld#" }],
    ["with a null", [...TUF_CONTEXTS, null]],
    ["with an integer that no double holds", [...TUF_CONTEXTS, 2n ** 53n + 1n]],
    ["with an array inside", [TUF_CONTEXTS as unknown as JsonValue]],
    ["empty", []],
    ["as null", null],
    ["with another scheme", ["http://w3id.org/tuf-ld/v1", suite, dataIntegrity]],
    ["with a fragment", [`${ours}#`, suite, dataIntegrity]],
  ])("%s", (_what, context) => {
    const refusal = { code: "ERR_CONTEXT" };
    expect(() => metadataFromJson(linked({ "@context": context }))).toThrow(expect.objectContaining(refusal));
    // Beside `signed` it leaves the classic view as it is.
    const read = metadataFromJson(file({ "@context": context }));
    expect(read).toMatchObject({ linked: false, proof: [], linkedProblem: refusal });
    expect(read.unrecognized).toEqual({ "@context": context, proof: [PROOF] });
  });
});

describe("a linked document is refused", () => {
  const root = linked();
  const roles = root["roles"] as Draft;
  const targets: Draft = {
    "@context": CONTEXT,
    ...toLinked(metadataFromJson(classic({ signed: draft("targets") })).signed),
  };
  const delegated = targets["delegations"] as Draft;
  const [one, two] = delegated["roles"] as [Draft, Draft];
  const delegations = (each: JsonValue): Draft => ({
    ...targets,
    delegations: { ...delegated, roles: each },
  });

  test.each<[string, Draft, string]>([
    ["without _type", without(root, "_type"), "/_type"],
    [
      "with _type as the IRI that it expands to",
      { ...root, _type: "https://w3id.org/tuf-ld#Root" },
      "/_type",
    ],
    ["with two types", { ...root, _type: ["root", "targets"] }, "/_type"],
    ["without version", without(root, "version"), ""],
    ["with version as a string", { ...root, version: "3" }, "/version"],
    ["with a member that has no place", { ...root, extra: 1 }, "/extra"],
    ["with @id", { ...root, "@id": "urn:x" }, "/@id"],
    ["with @type", { ...root, "@type": "urn:x" }, "/@type"],
    ["with @included", { ...root, "@included": [] }, "/@included"],
    ["with a compact IRI", { ...root, "tuf:version": 4 }, "/tuf:version"],
    [
      "with an absolute IRI",
      { ...root, "https://w3id.org/tuf-ld#version": 4 },
      "/https:~1~1w3id.org~1tuf-ld#version",
    ],
    ["with a member of another role", { ...root, targets: {} }, "/targets"],
    ["with signatures", { ...root, signatures: [] }, "/signatures"],
    ["with order where no array is", { ...root, order: 0 }, "/order"],
    ["with unrecognized as an array", { ...root, unrecognized: [] }, "/unrecognized"],
    ["with unrecognized as null", { ...root, unrecognized: null }, "/unrecognized"],
    ["with unrecognized empty", { ...root, unrecognized: {} }, "/unrecognized"],
    [
      "with a known member in unrecognized",
      { ...root, unrecognized: { consistent_snapshot: false } },
      "/consistent_snapshot",
    ],
    ["with _type in unrecognized", { ...root, unrecognized: { _type: "root" } }, "/unrecognized"],
    ["with another _type in unrecognized", { ...root, unrecognized: { _type: "targets" } }, ""],
    ["with roles as an array", { ...root, roles: [roles] }, "/roles"],
    ["with a role as a string", { ...root, roles: { ...roles, "a/b": "x" } }, "/roles/a~1b"],
    [
      "with a nested @context",
      { ...root, roles: { ...roles, root: { ...(roles["root"] as Draft), "@context": {} } } },
      "/roles/root/@context",
    ],
    [
      "with a term of the index inside an entry",
      { ...root, roles: { ...roles, root: { ...(roles["root"] as Draft), roleName: "x" } } },
      "/roles/root/roleName",
    ],
    ["with delegated roles out of order", delegations([two, one]), "/delegations/roles/0/order"],
    [
      "with a delegated role without order",
      delegations([without(one, "order"), two]),
      "/delegations/roles/0/order",
    ],
    [
      "with two delegated roles of one order",
      delegations([one, { ...two, order: 0 }]),
      "/delegations/roles/1/order",
    ],
    ["with delegated roles as an object", delegations({ 0: one }), "/delegations/roles"],
    [
      "with an empty list of paths spelled out",
      delegations([{ ...one, paths: [] }, two]),
      "/delegations/roles/0/paths",
    ],
  ])("%s", (_what, document, path) => {
    expect(() => metadataFromJson(document)).toThrow(refused(path));
  });
});

describe("what a linked document keeps of the classic envelope is refused", () => {
  const signature = { type: "ClassicSignature", ...SIGNATURE };
  const envelope = { type: "ClassicEnvelope", unrecognized: { more: 1 } };
  test.each<[string, Draft, string]>([
    ["with a signature without keyid", kept(without(signature, "keyid")), "/proof/1/keyid"],
    ["with a signature whose sig is a number", kept({ ...signature, sig: 1 }), "/proof/1/sig"],
    [
      "with a signature of more members",
      kept({ ...signature, created: "2030-01-01T00:00:00Z" }),
      "/proof/1/created",
    ],
    [
      "with a signature whose unrecognized is null",
      kept({ ...signature, unrecognized: null }),
      "/proof/1/unrecognized",
    ],
    [
      "with a second keyid",
      kept({ ...signature, unrecognized: { keyid: "k2" } }),
      "/proof/1/unrecognized/keyid",
    ],
    ["with a second sig", kept({ ...signature, unrecognized: { sig: "" } }), "/proof/1/unrecognized/sig"],
    ["with an envelope that holds nothing", kept({ type: "ClassicEnvelope" }), "/proof/1/unrecognized"],
    ["with an envelope of more members", kept({ ...envelope, "a/b": 1 }), "/proof/1/a~1b"],
    ["with a second envelope", linked({ proof: [envelope, envelope] }), "/proof/1"],
    ...["signed", "signatures", "@context", "proof"].map((member): [string, Draft, string] => [
      `with ${member} in the envelope`,
      kept({ ...envelope, unrecognized: { [member]: [] } }),
      `/proof/1/unrecognized/${member}`,
    ]),
  ])("%s", (_what, document, path) => {
    expect(() => metadataFromJson(document)).toThrow(refused(path));
  });

  test("but not as it was written", () => {
    const read = metadataFromJson(
      linked({ proof: [{ ...signature, unrecognized: { type: 1 } }, PROOF, envelope] }),
    );
    expect(read).toMatchObject({
      signatures: [{ ...SIGNATURE, type: 1 }],
      proof: [PROOF],
      unrecognized: { more: 1 },
    });
  });
});

test("a file that is not strict JSON is refused before anything is read", () => {
  const text = new TextDecoder().decode(serializeMetadata(metadataFromJson(classic()), "classic", 0));
  const read = (changed: string) => () => parseMetadata(new TextEncoder().encode(changed));
  expect(read(text)).not.toThrow();
  for (const [from, to] of [
    ['"version":3', '"version":3,"version":3'],
    ['"version":3', '"version":3.0'],
    ['"version":3', '"version":3,"x":"\\ud800"'],
  ] as const) {
    expect(text).toContain(from);
    expect(read(text.replace(from, to))).toThrow(expect.objectContaining({ code: "ERR_JSON_SYNTAX" }));
  }
  expect(() => parseMetadata(new TextEncoder().encode(text), { maxBytes: 10 })).toThrow(
    expect.objectContaining({ code: "ERR_LIMIT" }),
  );
  expect(parseJson(new TextEncoder().encode(text))).toEqual(JSON.parse(text));
});

test("more than a thousand signatures, or proofs, are refused before any is checked", () => {
  const signatures = Array.from({ length: 1_001 }, (_, index) => ({ ...SIGNATURE, keyid: `${index}` }));
  const read = (count: number) => () => metadataFromJson(classic({ signatures: signatures.slice(0, count) }));
  expect(read(1_000)).not.toThrow();
  expect(read(1_001)).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
  const proof = Array.from({ length: 1_001 }, () => PROOF);
  expect(() => metadataFromJson(linked({ proof }))).toThrow(expect.objectContaining({ code: "ERR_LIMIT" }));
});
