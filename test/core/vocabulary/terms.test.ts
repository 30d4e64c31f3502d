import { describe, expect, expectTypeOf, test } from "vitest";
import { tufLdContext } from "../../../src/vocabulary/context.ts";
import { PROPERTIES } from "../../../src/vocabulary/meanings.ts";
import { membersOf, SHAPES, type ShapeName, TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Root, Snapshot, Targets } from "../../../src/vocabulary/types.ts";
import { unrecognizedOf } from "../../../src/vocabulary/unrecognized.ts";
import { stockCanonize } from "../../support/stock.ts";

const shapes = Object.keys(SHAPES) as ShapeName[];

/** What an entry carries besides its members: the property of its key or of its position. */
function indexesOf(shape: ShapeName): Set<string | undefined> {
  const indexes = new Set<string | undefined>();
  for (const other of shapes) {
    for (const member of membersOf(other).values()) {
      if (member.is === "map" && member.of === shape) indexes.add(member.index);
      if (member.is === "list" && member.of === shape) indexes.add("order");
    }
  }
  return indexes.size === 0 ? indexes.add(undefined) : indexes;
}

function propertiesOf(shape: ShapeName): string[] {
  return [...membersOf(shape).values()].flatMap((member) =>
    member.is === "nest"
      ? Object.values(member.members).map(({ property }): string => property)
      : [member.property],
  );
}

describe("the table of terms", () => {
  test.each(shapes)("gives each member of %s, its index and unrecognized a property of its own", (shape) => {
    for (const index of indexesOf(shape)) {
      const properties = ["unrecognized", ...propertiesOf(shape), ...(index === undefined ? [] : [index])];
      expect(new Set(properties).size).toBe(properties.length);
    }
  });

  test("has no property that nothing uses", () => {
    const used = new Set<string | undefined>(["unrecognized", "sig"]);
    for (const shape of shapes) {
      for (const property of [...propertiesOf(shape), ...indexesOf(shape)]) used.add(property);
    }
    expect(Object.keys(PROPERTIES).filter((property) => !used.has(property))).toEqual([]);
  });

  test("has no member that the adapter's own two would hide", () => {
    for (const shape of shapes) {
      for (const added of ["order", "unrecognized", "_type"]) expect(membersOf(shape).has(added)).toBe(false);
    }
  });

  test("makes types that are exact", () => {
    expectTypeOf<Root["version"]>().toEqualTypeOf<number>();
    expectTypeOf<Root["consistent_snapshot"]>().toEqualTypeOf<boolean | undefined>();
    expectTypeOf<Root["roles"][string]["keyids"]>().toEqualTypeOf<readonly string[]>();
    expectTypeOf<Snapshot["_type"]>().toEqualTypeOf<"snapshot">();
    // @ts-expect-error delegations are optional
    expectTypeOf<Targets["delegations"]["keys"]>();
    // @ts-expect-error a snapshot has no targets
    expectTypeOf<Snapshot["targets"]>();
  });
});

describe("unrecognized", () => {
  test("holds what RDF has no term for, and keeps a key's extra members apart from its keyval's", () => {
    const key = { keytype: "k", scheme: "s", identity: 1, keyval: { public: "p", identity: 2 } };
    expect(unrecognizedOf("Key", key)).toEqual({ identity: 1, keyval: { identity: 2 } });
  });

  test.each([
    ["MetaFile", { version: 1, hashes: {} }, { hashes: {} }],
    ["MetaFile", { version: 1, hashes: { sha256: "00", blake3: "11" } }, { hashes: { blake3: "11" } }],
    ["Key", { keytype: "k", scheme: "s", keyval: {} }, undefined],
    ["Key", { keytype: "k", scheme: "s", keyval: { public: null } }, { keyval: { public: null } }],
    ["TargetFile", { length: 1, hashes: { sha256: "00" }, custom: {} }, undefined],
    ["TargetFile", { length: 1, hashes: { sha256: "00" }, custom: [1] }, { custom: [1] }],
    ["DelegatedRole", { name: "n", keyids: [], threshold: 1, terminating: true, paths: [] }, { paths: [] }],
    ["Role", { keyids: [], threshold: 1 }, undefined],
    ["Root", { _type: "root" }, undefined],
    ["Role", { keyids: [], threshold: 1, _type: "x" }, { _type: "x" }],
  ] as const)("of the %s %j is %j", (shape, entries, expected) => {
    expect(unrecognizedOf(shape, entries as unknown as Parameters<typeof unrecognizedOf>[1])).toEqual(
      expected,
    );
  });
});

describe("the context", () => {
  /** The protected and the open terms of a context and of every context inside it. */
  function* termsOf(context: Readonly<Record<string, unknown>>): Generator<[string, boolean]> {
    for (const [term, definition] of Object.entries(context)) {
      if (term.startsWith("@")) continue;
      const object = typeof definition === "object" && definition !== null ? (definition as object) : {};
      yield [term, "@protected" in object ? object["@protected"] !== false : context["@protected"] === true];
      if ("@context" in object) yield* termsOf(object["@context"] as Readonly<Record<string, unknown>>);
    }
  }

  test("protects every term of the documents but expires, targets and roles, which others define anew", () => {
    const open = new Set<string>();
    const scopes = ["_type", "ClassicEnvelope"];
    for (const [term, definition] of Object.entries(tufLdContext["@context"])) {
      if (scopes.includes(term)) continue;
      const context = { "@protected": true, [term]: definition };
      for (const [each, isProtected] of termsOf(context)) if (!isProtected) open.add(each);
    }
    expect([...open].sort()).toEqual(["expires", "roles", "targets"]);
  });

  test("cannot be changed by a later one: stock tools refuse to define version anew", async () => {
    const later = { version: "https://w3id.org/tuf-ld#threshold" } as unknown as string;
    const document = { _type: "snapshot", version: 1 };
    expect(await stockCanonize(document)).toContain("tuf-ld#version>");
    await expect(stockCanonize(document, [...TUF_CONTEXTS, later])).rejects.toThrow(/protected/);
  });

  test("defines nothing by default: an unknown member is refused by stock tools in safe mode", async () => {
    await expect(stockCanonize({ _type: "snapshot", unknown: 1 })).rejects.toMatchObject({
      name: "jsonld.ValidationError",
    });
    await expect(stockCanonize({ _type: "unknown" })).rejects.toMatchObject({
      name: "jsonld.ValidationError",
    });
  });
});
