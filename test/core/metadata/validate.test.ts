import { describe, expect, expectTypeOf, test } from "vitest";
import type { JsonValue } from "../../../src/document/json.ts";
import { validateSigned } from "../../../src/metadata/validate.ts";
import type { Signed, Targets } from "../../../src/vocabulary/types.ts";
import { type Draft, draft } from "../../support/documents.ts";

type Kind = Parameters<typeof draft>[0];

const KINDS: readonly Kind[] = ["root", "timestamp", "snapshot", "targets", "bins"];

/** A draft in which the value at a JSON Pointer is another one, or is missing if `value` is undefined. */
function changed(kind: Kind, pointer: string, value: JsonValue | undefined): Draft {
  const document = draft(kind);
  const names = pointer
    .slice(1)
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = names.pop() as string;
  let within = document;
  for (const name of names) within = within[name] as Draft;
  if (value === undefined) delete within[last];
  else Object.defineProperty(within, last, { value, enumerable: true, configurable: true, writable: true });
  return document;
}

const refused = (path: string): object =>
  expect.objectContaining({
    code: "ERR_SHAPE",
    details: { path: `/signed${path}`, reason: expect.any(String) },
  });

function expectRefused(document: unknown, path: string): void {
  expect(() => validateSigned(document)).toThrow(refused(path));
}

test.each(KINDS)("the hand-written %s document is valid", (kind) => {
  expect(() => validateSigned(draft(kind))).not.toThrow();
});

describe("a missing member is refused at the object that needs it", () => {
  test.each<[Kind, string, string]>([
    ...KINDS.flatMap((kind): [Kind, string, string][] => [
      [kind, "/spec_version", ""],
      [kind, "/version", ""],
      [kind, "/expires", ""],
    ]),
    ["root", "/keys", ""],
    ["root", "/roles", ""],
    ["root", "/keys/k1/keytype", "/keys/k1"],
    ["root", "/keys/k1/scheme", "/keys/k1"],
    ["root", "/keys/k1/keyval", "/keys/k1"],
    ["root", "/roles/root/keyids", "/roles/root"],
    ["root", "/roles/mirrors/threshold", "/roles/mirrors"],
    ["timestamp", "/meta", ""],
    ["snapshot", "/meta", ""],
    ["snapshot", "/meta/targets.json/version", "/meta/targets.json"],
    ["targets", "/targets", ""],
    ["targets", "/targets/a~1b.txt/length", "/targets/a~1b.txt"],
    ["targets", "/targets/a~1b.txt/hashes", "/targets/a~1b.txt"],
    ["targets", "/delegations/keys", "/delegations"],
    ["targets", "/delegations/roles/0/name", "/delegations/roles/0"],
    ["targets", "/delegations/roles/0/keyids", "/delegations/roles/0"],
    ["targets", "/delegations/roles/0/threshold", "/delegations/roles/0"],
    ["targets", "/delegations/roles/1/terminating", "/delegations/roles/1"],
    ["bins", "/delegations/succinct_roles/keyids", "/delegations/succinct_roles"],
    ["bins", "/delegations/succinct_roles/threshold", "/delegations/succinct_roles"],
    ["bins", "/delegations/succinct_roles/bit_length", "/delegations/succinct_roles"],
    ["bins", "/delegations/succinct_roles/name_prefix", "/delegations/succinct_roles"],
  ])("%s without %s", (kind, pointer, path) => {
    expectRefused(changed(kind, pointer, undefined), path);
  });

  test.each<[Kind, string]>([
    ["root", "/consistent_snapshot"],
    ["root", "/keys/k1/keyval/public"],
    ["snapshot", "/meta/targets.json/length"],
    ["snapshot", "/meta/targets.json/hashes"],
    ["targets", "/targets/a~1b.txt/custom"],
    ["targets", "/delegations"],
  ])("but not that of %s %s, which is optional", (kind, pointer) => {
    expect(() => validateSigned(changed(kind, pointer, undefined))).not.toThrow();
  });
});

const OTHER_THAN = {
  string: [null, 1, true, [], {}, ["x"]],
  integer: [null, "1", true, [], {}, 1.5, 2 ** 53, -0, -1, Number.NaN, Number.POSITIVE_INFINITY],
  boolean: [null, "true", 1, 0, [], {}],
  dateTime: [
    null,
    0,
    "",
    "2030-01-01",
    "2030-01-01T00:00:00",
    "2030-01-01 00:00:00Z",
    "2030-13-01T00:00:00Z",
  ],
  set: [null, "k1", {}, [1], [null], [["k1"]], ["k1", 1]],
  object: [null, "x", 1, true, []],
  array: [null, "x", 1, {}],
} as const satisfies Record<string, readonly JsonValue[]>;

describe("a value of another type is refused where it stands", () => {
  const members: readonly [keyof typeof OTHER_THAN, Kind, readonly string[]][] = [
    ["string", "root", ["/spec_version", "/keys/k1/keytype", "/keys/k1/scheme"]],
    ["string", "targets", ["/delegations/roles/0/name"]],
    ["string", "bins", ["/delegations/succinct_roles/name_prefix"]],
    ["integer", "root", ["/version", "/roles/root/threshold"]],
    ["integer", "snapshot", ["/meta/targets.json/version", "/meta/targets.json/length"]],
    ["integer", "targets", ["/targets/a~1b.txt/length", "/delegations/roles/0/threshold"]],
    ["integer", "bins", ["/delegations/succinct_roles/bit_length", "/delegations/succinct_roles/threshold"]],
    ["boolean", "root", ["/consistent_snapshot"]],
    ["boolean", "targets", ["/delegations/roles/0/terminating"]],
    ["dateTime", "root", ["/expires"]],
    ["set", "root", ["/roles/root/keyids"]],
    ["set", "targets", ["/delegations/roles/0/paths", "/delegations/roles/1/path_hash_prefixes"]],
    ["object", "root", ["/keys", "/roles", "/keys/k1", "/keys/k1/keyval", "/roles/root"]],
    ["object", "snapshot", ["/meta", "/meta/targets.json", "/meta/targets.json/hashes"]],
    ["object", "targets", ["/targets", "/targets/a~1b.txt", "/targets/a~1b.txt/hashes", "/delegations"]],
    ["object", "targets", ["/delegations/keys", "/delegations/roles/1"]],
    ["object", "bins", ["/delegations/succinct_roles"]],
    ["array", "targets", ["/delegations/roles"]],
  ];
  const cases = members.flatMap(([type, kind, pointers]) =>
    pointers.flatMap((pointer) => OTHER_THAN[type].map((value) => [kind, pointer, value] as const)),
  );
  test.each(cases)("%s with %s as %j", (kind, pointer, value) => {
    expectRefused(changed(kind, pointer, value), pointer);
  });

  test.each([null, undefined, "root", 1, []])("and so is %j in place of a document", (value) => {
    expectRefused(value, "");
  });
});

describe("numbers keep to their ranges", () => {
  test.each<[Kind, string, number, number]>([
    ["root", "/version", 1, Number.MAX_SAFE_INTEGER],
    ["root", "/roles/root/threshold", 1, Number.MAX_SAFE_INTEGER],
    ["snapshot", "/meta/targets.json/version", 1, Number.MAX_SAFE_INTEGER],
    ["snapshot", "/meta/targets.json/length", 0, Number.MAX_SAFE_INTEGER],
    ["targets", "/targets/a~1b.txt/length", 0, Number.MAX_SAFE_INTEGER],
    ["bins", "/delegations/succinct_roles/bit_length", 1, 32],
  ])("%s %s is at least %i and at most %i", (kind, pointer, least, most) => {
    for (const value of [least, most])
      expect(() => validateSigned(changed(kind, pointer, value))).not.toThrow();
    for (const value of [least - 1, most + 1]) expectRefused(changed(kind, pointer, value), pointer);
  });
});

describe("the type of a document", () => {
  test.each(["Root", "mirrors", "", "__proto__", "constructor", null, 1])(
    "is none of the four: %j",
    (type) => {
      expectRefused(changed("root", "/_type", type), "/_type");
    },
  );

  test("may be asked for, and then another one is refused", () => {
    expect(() => validateSigned(draft("bins"), "targets")).not.toThrow();
    expect(() => validateSigned(draft("bins"), "snapshot")).toThrow(refused("/_type"));
  });

  test("is known to the compiler after the check", () => {
    const document: unknown = draft("targets");
    validateSigned(document);
    expectTypeOf(document).toEqualTypeOf<Signed>();
    if (document._type === "targets") expectTypeOf(document).toEqualTypeOf<Targets>();
    // @ts-expect-error a root has no targets
    expect(document._type === "root" ? document.targets : undefined).toBeUndefined();
  });
});

describe("the version of the specification", () => {
  test.each(["2.0.0", "0.9", "1", "1.", "1.0.0.0", "1.0-rc", " 1.0", "1.0 ", "1.x", "01.0", "1.0\n", ""])(
    "%j is refused",
    (version) => expectRefused(changed("root", "/spec_version", version), "/spec_version"),
  );

  test.each(["1.0", "1.0.34", "1.31.0"])("%j is accepted", (version) => {
    for (const kind of KINDS) {
      expect(() => validateSigned(changed(kind, "/spec_version", version))).not.toThrow();
    }
  });
});

describe("an expiry", () => {
  test.each([
    "2030-01-01T00:00:00Z",
    "2021-12-18T13:28:12.99008-06:00",
    "2022-05-11T19:09:02.663975009Z",
    "0001-01-01T00:00:00+14:00",
    "2028-02-29T23:59:59-00:00",
    "9999-12-31T23:59:59.999999999999Z",
  ])("may be written as %s", (expires) => {
    expect(() => validateSigned(changed("root", "/expires", expires))).not.toThrow();
  });

  test.each([
    "2030-02-30T00:00:00Z",
    "2029-02-29T00:00:00Z",
    "2030-00-01T00:00:00Z",
    "2030-01-00T00:00:00Z",
    "2030-01-01T24:00:00Z",
    "2030-01-01T00:00:60Z",
    "2030-01-01T24:00:01Z",
    "2030-01-01T00:60:00Z",
    "2030-01-01T00:00:00z",
    "2030-01-01t00:00:00Z",
    "2030-01-01T00:00:00+25:00",
    "2030-01-01T00:00:00+0100",
    "+002030-01-01T00:00:00Z",
    "2030-01-01T00:00:00.Z",
    "2030-01-01T00:00:00.0000000000000Z",
    "2030-01-01T00:00:00Z\n",
    "２030-01-01T00:00:00Z",
  ])("may not be written as %j", (expires) => {
    expectRefused(changed("root", "/expires", expires), "/expires");
  });
});

describe("what RDF would lose", () => {
  test.each<[Kind, string]>([
    ["root", "/roles/targets/keyids"],
    ["targets", "/delegations/roles/0/keyids"],
    ["targets", "/delegations/roles/0/paths"],
    ["targets", "/delegations/roles/1/path_hash_prefixes"],
    ["bins", "/delegations/succinct_roles/keyids"],
  ])("a repeated value in the set %s %s is refused", (kind, pointer) => {
    expectRefused(changed(kind, pointer, ["a", "b", "a"]), pointer);
  });

  test.each<[Kind, string, string]>([
    ["root", "/keys/k1", "/keys"],
    ["root", "/roles/root", "/roles"],
    ["snapshot", "/meta/targets.json", "/meta"],
    ["targets", "/targets/a~1b.txt", "/targets"],
    ["targets", "/delegations/keys/k1", "/delegations/keys"],
  ])("an index key in the form of a keyword is refused beside %s %s", (kind, pointer, map) => {
    const names = pointer
      .slice(1)
      .split("/")
      .map((name) => name.replaceAll("~1", "/"));
    const entry = names.reduce<JsonValue>((value, name) => (value as Draft)[name] as JsonValue, draft(kind));
    for (const key of ["@none", "@id", "@type", "@index", "@anything", "__proto__"]) {
      expectRefused(changed(kind, `${map}/${key}`, entry), `${map}/${key}`);
    }
    for (const key of ["", "@", "@1", "@a/b", "@scope/name", "none", "constructor", "_:b0", "urn:x", " "]) {
      const document = changed(kind, `${map}/${key.replaceAll("/", "~1")}`, entry);
      expect(() => validateSigned(document)).not.toThrow();
    }
  });

  test("an index key is escaped in the path of a refusal (RFC 6901)", () => {
    const document = changed("targets", "/targets/a~1b~0c", { length: 1 });
    expectRefused(document, "/targets/a~1b~0c");
  });
});

describe("root", () => {
  test.each(["root", "timestamp", "snapshot", "targets"])("without the role %s is refused", (role) => {
    expectRefused(changed("root", `/roles/${role}`, undefined), "/roles");
  });
});

describe("timestamp", () => {
  test("that does not name snapshot.json is refused", () => {
    expectRefused(changed("timestamp", "/meta", { "targets.json": { version: 1 } }), "/meta");
  });
});

describe("hashes", () => {
  test.each(["", "a", "abc", "0x00", "zz", "AB\n", " ab", null, 0, ["ab"], {}])(
    "of a target are not %j",
    (digest) => {
      expectRefused(
        changed("targets", "/targets/a~1b.txt/hashes/sha256", digest),
        "/targets/a~1b.txt/hashes/sha256",
      );
      expectRefused(
        changed("targets", "/targets/a~1b.txt/hashes/unknown", digest),
        "/targets/a~1b.txt/hashes/unknown",
      );
    },
  );

  test("are named in a path as RFC 6901 asks", () => {
    expectRefused(
      changed("targets", "/targets/a~1b.txt/hashes/x~1~0y", 1),
      "/targets/a~1b.txt/hashes/x~1~0y",
    );
  });

  test("of a meta entry keep to the same rule", () => {
    expectRefused(changed("snapshot", "/meta/targets.json/hashes/md5", "x"), "/meta/targets.json/hashes/md5");
  });

  test("are never empty, in meta or in a target: then they are left out or something is missing", () => {
    expectRefused(changed("snapshot", "/meta/targets.json/hashes", {}), "/meta/targets.json/hashes");
    expectRefused(changed("targets", "/targets/a~1b.txt/hashes", {}), "/targets/a~1b.txt/hashes");
  });
});

describe("delegations", () => {
  test("with both roles and succinct_roles, or with neither, are refused", () => {
    expectRefused(changed("bins", "/delegations/roles", []), "/delegations");
    expectRefused(changed("bins", "/delegations/succinct_roles", undefined), "/delegations");
  });

  test("with both paths and path_hash_prefixes, or with neither, are refused at the role", () => {
    expectRefused(changed("targets", "/delegations/roles/0/path_hash_prefixes", []), "/delegations/roles/0");
    expectRefused(
      changed("targets", "/delegations/roles/1/path_hash_prefixes", undefined),
      "/delegations/roles/1",
    );
  });

  test("may have an empty list of paths, of prefixes or of roles", () => {
    for (const pointer of [
      "/delegations/roles/0/paths",
      "/delegations/roles/1/path_hash_prefixes",
      "/delegations/roles",
    ]) {
      expect(() => validateSigned(changed("targets", pointer, []))).not.toThrow();
    }
  });

  test.each(["", "root", "timestamp", "snapshot", "targets"])("to a role named %j are refused", (name) => {
    expectRefused(changed("targets", "/delegations/roles/1/name", name), "/delegations/roles/1/name");
  });

  test("to one role twice are refused at the second", () => {
    expectRefused(changed("targets", "/delegations/roles/1/name", "one"), "/delegations/roles/1/name");
  });
});

describe("members that TUF does not define", () => {
  test.each<[Kind, string]>([
    ["root", ""],
    ["root", "/keys/k1"],
    ["root", "/keys/k1/keyval"],
    ["root", "/roles/root"],
    ["snapshot", "/meta/targets.json"],
    ["targets", "/targets/a~1b.txt"],
    ["targets", "/delegations"],
    ["targets", "/delegations/roles/0"],
    ["bins", "/delegations/succinct_roles"],
  ])("are accepted in %s at %j, whatever their names and values", (kind, pointer) => {
    for (const name of ["x", "unrecognized", "order", "@id", "@context", "proof", "type", "tuf:path", ""]) {
      for (const value of [null, [], {}, 1, "x"]) {
        expect(() => validateSigned(changed(kind, `${pointer}/${name}`, value))).not.toThrow();
      }
    }
  });

  test.each([null, 1, "x", [], [1]])("and so is %j as custom", (custom) => {
    expect(() => validateSigned(changed("targets", "/targets/a~1b.txt/custom", custom))).not.toThrow();
  });

  test("that are inherited do not count as there", () => {
    const document = Object.assign(
      Object.create({ version: 1 }) as Draft,
      changed("root", "/version", undefined),
    );
    expectRefused(document, "");
  });
});
