import { beforeAll, describe, expect, test } from "vitest";
import {
  canonizeDataset,
  canonizeReference,
  type ReferenceOptions,
  toNQuads,
} from "../../../src/canonical/reference.ts";
import { contextDigest } from "../../../src/document/contexts.ts";
import { createContextLoader } from "../../../src/document/loader.ts";
import { assertPinnedContexts } from "../../../src/document/pinned.ts";

const CREDENTIALS = "https://www.w3.org/ns/credentials/v2";
const EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2";
const TERMS = "https://example.org/terms/v1";
const examples = { "@context": { "@vocab": "https://www.w3.org/ns/credentials/examples#" } };
const terms = {
  "@context": {
    "@protected": true,
    id: "@id",
    type: "@type",
    knows: { "@id": "https://example.org/knows", "@type": "@id" },
    name: "https://example.org/name",
    graph: { "@id": "https://example.org/graph", "@container": "@graph" },
  },
};
const loader = createContextLoader(new Map([[TERMS, terms]]), [
  { url: EXAMPLES, document: examples, sha256: contextDigest(examples) },
]);
const options: ReferenceOptions = { loader };

const credential = (members: object = {}, subject: object = {}): object => ({
  "@context": [CREDENTIALS],
  id: "https://example.org/credentials/1",
  type: ["VerifiableCredential"],
  issuer: "https://example.org/issuer",
  credentialSubject: { id: "did:example:abc", ...subject },
  ...members,
});

beforeAll(async () => {
  // Both libraries are imported on first use.
  await canonizeReference(credential(), options);
});

describe("a document of foreign shape", () => {
  test("becomes sorted canonical N-Quads, and stays as it was", async () => {
    const document = credential({ issuer: { name: "I" } });
    const before = structuredClone(document);
    expect(await canonizeReference(document, options)).toBe(
      [
        "<https://example.org/credentials/1> <http://www.w3.org/1999/02/22-rdf-syntax-ns#type> <https://www.w3.org/2018/credentials#VerifiableCredential> .",
        "<https://example.org/credentials/1> <https://www.w3.org/2018/credentials#credentialSubject> <did:example:abc> .",
        "<https://example.org/credentials/1> <https://www.w3.org/2018/credentials#issuer> _:c14n0 .",
        '_:c14n0 <https://schema.org/name> "I" .',
        "",
      ].join("\n"),
    );
    expect(document).toEqual(before);
  });

  test("has the same canonical form whatever the order of its members", async () => {
    const document = credential({
      evidence: [{ type: "https://example.org/E" }, { id: "https://example.org/e" }],
    });
    const reversed = Object.fromEntries(Object.entries(document).reverse());
    expect(await canonizeReference(reversed, options)).toBe(await canonizeReference(document, options));
  });

  test("as N-Quads has the same quads as its canonical form, but for labels", async () => {
    const nquads = await toNQuads(credential({ issuer: { name: "I" } }), options);
    expect(await canonizeDataset(nquads)).toBe(
      await canonizeReference(credential({ issuer: { name: "I" } }), options),
    );
  });

  test.each([
    ["an undefined member", credential({ undefinedMember: 1 }), "undefinedMember"],
    ["an undefined member deep inside", credential({}, { undefinedMember: "x" }), "undefinedMember"],
    ["an undefined member that is null", credential({ undefinedMember: null }), "undefinedMember"],
    ["an undefined type", credential({ type: ["VerifiableCredential", "UndefinedType"] }), "UndefinedType"],
    ["a relative identifier", credential({ id: "relative" }), "relative"],
    ["a relative identifier in a reference", credential({ issuer: "relative" }), "relative"],
    ["a member that is null", credential({ evidence: null }), "evidence"],
    ["a member that is an empty array", credential({ evidence: [] }), "evidence"],
    ["a null in an array", credential({ evidence: ["https://example.org/e", null] }), "evidence"],
    ["__proto__", credential(JSON.parse('{"__proto__":{"id":"https://example.org/x"}}')), "__proto__"],
    ["a deep __proto__", credential({}, JSON.parse('{"__proto__":"x"}')), "__proto__"],
    ["constructor", credential({ constructor: "x" }), "constructor"],
    ["hasOwnProperty", credential({ hasOwnProperty: "x" }), "hasOwnProperty"],
    ["toString", credential({}, { toString: "x" }), "toString"],
    ["a property that is a blank node", credential({ "_:p": "x" }), "_:p"],
    ["an identifier that is a prototype's member", credential({ id: "__proto__" }), "__proto__"],
    ["an identifier that is a keyword", credential({ id: "@graph" }), "@graph"],
  ])("with %s is refused, and the refusal names it", async (_, document, term) => {
    await expect(canonizeReference(document, options)).rejects.toMatchObject({
      code: "ERR_UNDEFINED_TERM",
      details: { term },
    });
  });

  test.each([
    "@included",
    "@graph",
    "@reverse",
    "@nest",
    "@index",
    "@list",
    "@set",
    "@none",
    "@base",
    "@vocab",
    "@import",
    "@propagate",
    "@version",
    "@protected",
    "@x",
    "@",
  ])("with the keyword %s is refused by name", async (keyword) => {
    for (const document of [
      credential({ [keyword]: "x" }),
      credential({}, { [keyword]: { id: "did:example:x" } }),
    ]) {
      await expect(canonizeReference(document, options)).rejects.toMatchObject({
        code: "ERR_UNDEFINED_TERM",
        details: { term: keyword },
      });
    }
  });

  test("keeps apart literals by language and direction", async () => {
    const plain = await canonizeReference(credential({ name: "x" }), options);
    const tagged = await canonizeReference(
      credential({ name: { "@value": "x", "@language": "en" } }),
      options,
    );
    expect(tagged).not.toBe(plain);
    expect(tagged).toContain('"x"@en');
    const directed = { "@value": "x", "@language": "en", "@direction": "rtl" };
    expect(await canonizeReference(credential({ name: directed }), options)).toContain(
      '"x"^^<https://www.w3.org/ns/i18n#en_rtl>',
    );
  });

  test("makes members of prototypes into ordinary terms where its context defines everything", async () => {
    const document = {
      ...credential({}, { constructor: "c", toString: "t" }),
      "@context": [CREDENTIALS, EXAMPLES],
    };
    const canonical = await canonizeReference(document, options);
    expect(canonical).toContain('<https://www.w3.org/ns/credentials/examples#constructor> "c"');
    expect(canonical).toContain('<https://www.w3.org/ns/credentials/examples#toString> "t"');
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
  });

  test.each([
    ["-0", -0],
    ["2^53", 2 ** 53],
    ["a number of 17 digits", 0.1 + 0.2],
    ["infinity", Number.POSITIVE_INFINITY],
    ["a lone surrogate", "\ud800"],
    ["a bigint", 1n],
    ["undefined", undefined],
    ["a Date", new Date(0)],
  ])("with %s is refused with its place", async (_, value) => {
    const document = { ...credential({}, { a: [{ "b/c": value }] }), "@context": [CREDENTIALS, EXAMPLES] };
    await expect(canonizeReference(document, options)).rejects.toMatchObject({
      code: "ERR_SHAPE",
      details: { path: "/credentialSubject/a/0/b~1c" },
    });
  });

  test.each([
    [
      "a value object with a type and a language",
      { name: { "@value": "x", "@type": "x:y", "@language": "en" } },
    ],
    ["an identifier that is a number", { id: 1 }],
    ["a type that is a number", { type: ["VerifiableCredential", 1] }],
    ["two identifiers", { id: ["https://example.org/1", "https://example.org/2"] }],
    ["a value object around an object", { name: { "@value": { a: 1 } } }],
  ])("that is invalid JSON-LD (%s) is refused with our error class", async (_, members) => {
    await expect(canonizeReference(credential(members), options)).rejects.toMatchObject({
      code: "ERR_SHAPE",
    });
  });

  test("is refused over its depth and number of values", async () => {
    let deep: object = { name: "x" };
    for (let depth = 0; depth < 65; depth++) deep = { evidence: deep };
    await expect(canonizeReference(credential(deep), options)).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "depth" },
    });
    const wide = credential({ name: Array.from({ length: 20 }, (_, index) => `n${index}`) });
    await expect(canonizeReference(wide, { ...options, maxQuads: 20 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "maxQuads", allowed: 20 },
    });
    await expect(canonizeReference(credential(), { loader, maxQuads: 3 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
    });
  });

  test("that is as wide as allowed ends", async () => {
    const wide = credential({ name: Array.from({ length: 9_900 }, (_, index) => `n${index}`) });
    await canonizeReference(wide, options);
  });
});

describe("@context", () => {
  test.each([
    ["an inline context", { "@context": [CREDENTIALS, { name: "https://example.org/evil" }] }, "/@context"],
    ["an inline context alone", { "@context": { name: "https://example.org/evil" } }, "/@context"],
    ["null", { "@context": [CREDENTIALS, null] }, "/@context"],
    ["a nested list", { "@context": [[CREDENTIALS]] }, "/@context"],
    [
      "an unknown URL",
      { "@context": [CREDENTIALS, "https://example.org/unknown"] },
      "https://example.org/unknown",
    ],
    ["a relative URL", { "@context": "v2" }, "v2"],
    ["no entry", { "@context": [] }, ""],
    ["a nested context", { credentialSubject: { "@context": CREDENTIALS } }, "/credentialSubject/@context"],
    ["a nested null", { credentialSubject: { "@context": null } }, "/credentialSubject/@context"],
    ["a context in a proof", { proof: [{ "@context": CREDENTIALS }] }, "/proof/0/@context"],
  ])("with %s is refused", async (_, members, context) => {
    const document = { ...credential(), ...members };
    expect(() => assertPinnedContexts(document, loader)).toThrow(
      expect.objectContaining({ code: "ERR_CONTEXT", details: { context } }),
    );
    await expect(canonizeReference(document, options)).rejects.toMatchObject({
      code: "ERR_CONTEXT",
      details: { context },
    });
  });

  test("that is missing is refused", () => {
    expect(() => assertPinnedContexts({ "https://example.org/p": "x" }, loader)).toThrow(
      expect.objectContaining({ code: "ERR_CONTEXT" }),
    );
  });

  test("that redefines a protected term is refused", async () => {
    const document = { ...credential(), "@context": [CREDENTIALS, TERMS] };
    await expect(canonizeReference(document, options)).rejects.toMatchObject({ code: "ERR_CONTEXT" });
  });

  test("means the same for every user of jsonld.js in the process", async () => {
    const { default: jsonld } = await import("jsonld");
    const evil = { "@context": { name: "https://example.org/evil", id: "@id" } };
    const poison = {
      safe: false,
      documentLoader: async (url: string) => ({ document: evil, documentUrl: url, tag: "static" }),
    };
    await jsonld.toRDF({ "@context": CREDENTIALS, id: "https://example.org/x", name: "n" }, poison);
    expect(await canonizeReference(credential({ name: "n" }), options)).toContain(
      "<https://schema.org/name>",
    );
  });

  test("is not looked for in a document that its own validator accepted", async () => {
    const document = { "@context": TERMS, id: "https://example.org/1", knows: [], name: "n" };
    await expect(canonizeReference(document, options)).rejects.toMatchObject({ code: "ERR_UNDEFINED_TERM" });
    expect(await canonizeReference(document, { loader, validated: true })).toContain('"n"');
    await expect(
      canonizeReference(
        { ...document, "@context": "https://example.org/unknown" },
        { loader, validated: true },
      ),
    ).rejects.toMatchObject({ code: "ERR_CONTEXT", details: { context: "https://example.org/unknown" } });
  });
});

function pairs(size: number): [number, number][] {
  const numbers = [...Array(size).keys()];
  return numbers.flatMap((a) => numbers.filter((b) => b !== a).map((b): [number, number] => [a, b]));
}

/** Small graphs whose nodes look alike: that larger ones cost without end shows in what these cost. */
const clique = (size: number): string =>
  pairs(size)
    .map(([a, b]) => `_:n${a} <x:p> _:n${b} .\n`)
    .join("");
const cycle = (size: number): string =>
  [...Array(size).keys()].map((a) => `_:n${a} <x:p> _:n${(a + 1) % size} .\n`).join("");
const hubs = (size: number): string =>
  [...Array(size).keys()].map((a) => `_:h <x:p> _:n${a} .\n_:g <x:p> _:n${a} .\n`).join("");

describe("a graph of nodes that look alike", () => {
  const cliqueCredential = (size: number): object => ({
    ...credential(
      {},
      {
        knows: [...Array(size).keys()].map((a) => ({
          id: `_:n${a}`,
          knows: pairs(size)
            .filter(([from]) => from === a)
            .map(([, b]) => ({ id: `_:n${b}` })),
        })),
      },
    ),
    "@context": [CREDENTIALS, EXAMPLES],
  });
  const alike = "blank nodes look too much alike";
  const refusal = (reason: string) => ({ code: "ERR_CANONICALIZATION", details: { reason } });

  test.each([
    ["a clique of two", clique(2)],
    ["a clique of three", clique(3)],
    ["a cycle of three", cycle(3)],
    ["two hubs of two", hubs(2)],
    [
      "one pair repeated in three graphs",
      [..."123"]
        .map((a) => `_:a <x:p> _:b <x:g${a}> .\n_:a <x:p> _:c <x:g${a}> .\n_:d <x:p> _:a <x:g${a}> .\n`)
        .join(""),
    ],
  ])("(%s) is refused over any of the three budgets of work, by its name", async (_, nquads) => {
    const all = { maxWorkFactor: Number.POSITIVE_INFINITY };
    expect(await canonizeDataset(nquads, all)).toContain("_:c14n1");
    await expect(canonizeDataset(nquads)).rejects.toMatchObject(refusal(alike));
    for (const maxDeepSteps of [0, 2]) {
      await expect(canonizeDataset(nquads, { ...all, maxDeepSteps })).rejects.toMatchObject(
        refusal(`more than ${maxDeepSteps} steps to tell blank nodes apart`),
      );
    }
    await expect(canonizeDataset(nquads, { ...all, maxDeepLevels: 1 })).rejects.toMatchObject(
      refusal("more than 1 alike blank nodes in a row"),
    );
  });

  test("as a credential with a clique of three is refused over each of them, too", async () => {
    const three = cliqueCredential(3);
    const all = { loader, maxWorkFactor: 3 };
    expect(await canonizeReference(three, all)).toContain("_:c14n2");
    for (const budget of [{ maxWorkFactor: 1 }, { maxDeepSteps: 2 }, { maxDeepLevels: 2 }]) {
      await expect(canonizeReference(three, { ...all, ...budget })).rejects.toMatchObject({
        code: "ERR_CANONICALIZATION",
      });
    }
  });

  test("costs more the more of it there is: the steps of a clique of three are not enough for four", async () => {
    const options = { maxWorkFactor: 3, maxDeepSteps: 100 };
    expect(await canonizeDataset(clique(3), options)).toContain("_:c14n2");
    await expect(canonizeDataset(clique(4), options)).rejects.toMatchObject({ code: "ERR_CANONICALIZATION" });
  });

  test("ends when its signal is aborted, before and during the work", async () => {
    const reason = new Error("enough");
    const aborted = { code: "ERR_CANONICALIZATION", details: { reason: "aborted" }, cause: reason };
    const signal = AbortSignal.abort(reason);
    await expect(canonizeDataset(clique(3), { signal })).rejects.toMatchObject(aborted);
    // An AbortSignal that is aborted once the work has begun.
    let asked = 0;
    const later = {
      reason,
      get aborted() {
        return ++asked > 3;
      },
    } as AbortSignal;
    const running = canonizeDataset(clique(3), { signal: later, maxWorkFactor: 3 });
    await expect(running).rejects.toMatchObject(aborted);
  });

  test("is told apart from one that is only large: a thousand different blank nodes need no work factor", async () => {
    const nquads = [...Array(1_000).keys()].map((a) => `_:n${a} <x:p> "${a}" .\n`).join("");
    expect(await canonizeDataset(nquads, { maxWorkFactor: 0, maxDeepSteps: 0 })).toContain("_:c14n999 ");
  });
});

describe("the order of characters above U+FFFF", () => {
  const astral = "\u{10000}";
  const high = "\uff00";
  const inLines = `<x:s> <x:p> "${astral}" .\n<x:s> <x:p> "${high}" .\n`;
  const inHash = `_:a <x:p> "${astral}" .\n_:a <x:p> "${high}" .\n_:b <x:p> "other" .\n`;
  const onlyInHash = `_:b <x:p> "${astral}" _:a .\n_:c <x:p> "${high}" _:a .\n_:c <x:q> "c" .\n_:b <x:q> "b" .\n`;

  test.each([inLines, inHash, onlyInHash])(
    "is refused where RDFC-1.0 and rdf-canonize differ",
    async (nquads) => {
      await expect(canonizeDataset(nquads)).rejects.toMatchObject({
        code: "ERR_CANONICALIZATION",
        details: { reason: expect.stringContaining("U+FFFF") },
      });
    },
  );

  test("follows RDFC-1.0 when the caller says so: U+FF00 before U+10000", async () => {
    expect(await canonizeDataset(inLines, { departures: "specification" })).toBe(
      `<x:s> <x:p> "${high}" .\n<x:s> <x:p> "${astral}" .\n`,
    );
  });

  test("is refused in a credential, too", async () => {
    const document = credential({ name: [astral, high] });
    await expect(canonizeReference(document, options)).rejects.toMatchObject({
      code: "ERR_CANONICALIZATION",
    });
  });

  test("does not matter where no such two characters are compared", async () => {
    const nquads = `<x:s> <x:p> "${astral}" .\n<x:s> <x:q> "${high}" .\n`;
    expect(await canonizeDataset(nquads)).toBe(nquads);
  });
});

describe("N-Quads", () => {
  test("whose blank nodes are labelled like canonical ones are labelled anew", async () => {
    const honest = '_:a <x:p> "1" .\n_:b <x:p> "2" .\n';
    const hostile = honest.replace("_:a", "_:c14n1").replace("_:b", "_:c14n0");
    expect(await canonizeDataset(hostile)).toBe(await canonizeDataset(honest));
    const labels = new Map<string, string>();
    await canonizeDataset(hostile, { labels });
    expect([...labels.keys()].sort()).toEqual(["c14n0", "c14n1"]);
  });

  test.each([
    ["no quad", "hello"],
    ["a relative IRI", "<s> <x:p> <x:o> ."],
    ["a relative datatype", '<x:s> <x:p> "1"^^<integer> .'],
    ["a literal as subject", '"s" <x:p> <x:o> .'],
    ["two quads in one line", "<x:s> <x:p> <x:o> . <x:s> <x:p> <x:o> ."],
  ])("with %s are refused with the number of the line", async (_, line) => {
    await expect(canonizeDataset(`<x:s> <x:p> <x:o> .\n${line}\n`)).rejects.toMatchObject({
      code: "ERR_SHAPE",
      details: { reason: "line 2 is not an N-Quad" },
    });
  });

  test("over the limit are refused, repeated ones are not counted", async () => {
    const repeated = "<x:s> <x:p> <x:o> .\n".repeat(20);
    expect(await canonizeDataset(repeated, { maxQuads: 1 })).toBe("<x:s> <x:p> <x:o> .\n");
    await expect(canonizeDataset(`${repeated}<x:s> <x:p> <x:q> .\n`, { maxQuads: 1 })).rejects.toMatchObject({
      code: "ERR_LIMIT",
      details: { limit: "maxQuads", allowed: 1 },
    });
  });
});

const files = import.meta.glob<string>("../../../../shared/data/rdf-canon/tests/**/*.{nq,json,jsonld}", {
  query: "?raw",
  import: "default",
  eager: true,
});
const ROOT = "../../../../shared/data/rdf-canon/tests/";
const fileOf = (path: string): string => files[ROOT + path] as string;

interface Case {
  readonly id: string;
  readonly type: "rdfc:RDFC10EvalTest" | "rdfc:RDFC10MapTest";
  readonly name: string;
  readonly action: string;
  readonly result: string;
  readonly hashAlgorithm?: "SHA256" | "SHA384";
}

const manifest = files[`${ROOT}manifest.jsonld`];
const cases: readonly Case[] =
  manifest === undefined ? [] : (JSON.parse(manifest) as { entries: Case[] }).entries;

describe.skipIf(cases.length === 0)("W3C rdf-canon (skipped where ../shared/data is absent)", () => {
  const ofType = (type: Case["type"]): readonly Case[] => cases.filter((each) => each.type === type);
  const run = async ({ action, hashAlgorithm }: Case, labels?: Map<string, string>): Promise<string> =>
    canonizeDataset(fileOf(action), {
      digest: hashAlgorithm === "SHA384" ? "sha384" : "sha256",
      maxWorkFactor: 3,
      ...(labels ? { labels } : {}),
    });

  test("has 64 evaluations and 21 label maps", () => {
    expect(cases).toHaveLength(85);
    expect(ofType("rdfc:RDFC10EvalTest")).toHaveLength(64);
    expect(ofType("rdfc:RDFC10MapTest")).toHaveLength(21);
    expect(cases.filter((each) => each.hashAlgorithm === "SHA384").length).toBeGreaterThan(0);
  });

  test.each(ofType("rdfc:RDFC10EvalTest"))("$id: $name is byte-exact", async (each) => {
    expect(await run(each)).toBe(fileOf(each.result));
  });

  test.each(ofType("rdfc:RDFC10MapTest"))("$id: $name issues the same labels", async (each) => {
    const labels = new Map<string, string>();
    await run(each, labels);
    expect(Object.fromEntries(labels)).toEqual(JSON.parse(fileOf(each.result)));
  });
});
