/**
 * L1, L2, L3 and L8 of the threat model: attacks on what a document says, each carried out on a signed file.
 * Where raw JSON-LD would let the attack pass, the test shows that it does.
 * @module
 */
import jsonld from "jsonld";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { type MetadataFile, parseMetadata } from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import type { Policy } from "../../../src/proof/threshold.ts";
import { tufLdContext } from "../../../src/vocabulary/context.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Targets, Timestamp } from "../../../src/vocabulary/types.ts";
import {
  type Editable,
  edited,
  outcomeOf,
  rootFor,
  signed,
  targetsDocument,
  textOf,
  timestampDocument,
} from "../../support/signedFiles.ts";
import { stockCanonize, stockLoader } from "../../support/stock.ts";
import { stockVerify } from "../../support/stockProofs.ts";

const POLICIES: readonly Policy[] = ["classic", "linked", "either", "both"];
const root = rootFor(["alice"]);
let file: MetadataFile<Targets>;
let timestamp: MetadataFile<Timestamp>;

beforeAll(async () => {
  file = await signed(targetsDocument(), "targets", ["alice"]);
  timestamp = await signed(timestampDocument(), "timestamp", ["alice"]);
});

afterEach(() => vi.restoreAllMocks());

/** Reading the edited file fails with this code. */
async function expectUnreadable(text: string, code: string): Promise<void> {
  expect(await outcomeOf(text, { root })).toEqual({ ok: false, code, findings: [] });
}

/**
 * The edited file has no linked view: where a policy asks for one it is refused with this code. Its classic view is
 * judged by itself, and signed as long as nothing in `signed` changed.
 */
async function expectUnlinked(text: string, code: string, classic: "signed" | "changed"): Promise<void> {
  for (const policy of ["linked", "both"] as const) {
    expect(await outcomeOf(text, { root, policy })).toEqual({ ok: false, code, findings: [] });
  }
  const verdict = classic === "signed" ? { ok: true } : { ok: false, code: "ERR_THRESHOLD_UNMET" };
  const finding = classic === "signed" ? "valid" : "ERR_SIGNATURE";
  expect(await outcomeOf(text, { root, policy: "classic" })).toEqual({ ...verdict, findings: [finding] });
  const { findings, ...either } = await outcomeOf(text, { root, policy: "either" });
  expect(either).toEqual(verdict);
  expect(new Set(findings)).toEqual(new Set([finding, code]));
}

/** The edited file can be read, and under every policy neither its signature nor its proof verifies. */
async function expectUnsigned(text: string): Promise<void> {
  for (const policy of POLICIES) {
    const outcome = await outcomeOf(text, { root, policy });
    expect(outcome).toMatchObject({ ok: false, code: "ERR_THRESHOLD_UNMET" });
    expect(new Set(outcome.findings)).toEqual(new Set(["ERR_SIGNATURE"]));
  }
}

test.each(POLICIES)("control: the untouched files verify in every form under %s", async (policy) => {
  for (const form of ["file", "linked"] as const) {
    expect(await outcomeOf(textOf(file, form), { root, policy })).toMatchObject({ ok: true });
    expect(await outcomeOf(textOf(timestamp, form), { root, policy })).toMatchObject({ ok: true });
  }
});

test("control: stock jsonld-signatures verifies the untouched linked document", async () => {
  expect(await stockVerify(linkedOnly(file))).toMatchObject({ verified: true });
});

/** The linked document with its linked proofs alone, as stock tools take it. */
function linkedOnly({ signed: document, proof }: MetadataFile): Editable {
  return { "@context": [...TUF_CONTEXTS], ...toLinked(document), proof: structuredClone(proof) };
}

describe("L1: a member that the context does not define", () => {
  const levels: [string, (document: Editable) => Editable][] = [
    ["the document", (document) => document],
    ["a target", (document) => document.targets["app.tar.gz"]],
    ["hashes", (document) => document.targets["app.tar.gz"].hashes],
    ["custom", (document) => document.targets["app.tar.gz"].custom],
    ["delegations", (document) => document.delegations],
    ["a key", (document) => Object.values(document.delegations.keys)[0]],
    ["keyval", (document) => (Object.values(document.delegations.keys)[0] as Editable).keyval],
    ["a delegated role", (document) => document.delegations.roles[1]],
  ];
  const names = [
    "extra",
    "tuf:version",
    "@id",
    "@type",
    "@included",
    "@context",
    "type",
    "id",
    "order",
    "unrecognized",
  ];

  test.each(levels)(
    "in %s of a file is covered by both views, whatever its name and value",
    async (where, at) => {
      for (const name of names) {
        for (const value of ["x", null, [], { version: 4 }]) {
          const text = edited(file, (json) => {
            at(json.signed)[name] = value;
          });
          // Hashes are digests under whatever name, so these values are refused before anything is verified.
          if (where === "hashes") await expectUnreadable(text, "ERR_SHAPE");
          else await expectUnsigned(text);
        }
      }
    },
  );

  test("in hashes of a file is covered when it looks like a digest", async () => {
    await expectUnsigned(
      edited(file, (json) => {
        json.signed.targets["app.tar.gz"].hashes["@id"] = "00ff";
      }),
    );
  });

  test.each(levels)("in %s of a linked document is refused", async (where, at) => {
    for (const name of names.filter((each) => each !== "unrecognized")) {
      const text = edited(
        file,
        (json) => {
          at(json)[name] = { version: 4 };
        },
        "linked",
      );
      if (where === "custom") await expectUnsigned(text);
      else
        await expectUnreadable(
          text,
          where === "the document" && name === "@context" ? "ERR_CONTEXT" : "ERR_SHAPE",
        );
    }
  });

  test("in `unrecognized` of a linked document is covered", async () => {
    for (const [where, at] of levels) {
      if (where === "hashes" || where === "keyval") continue; // these have no subject of their own
      await expectUnsigned(
        edited(
          file,
          (json) => {
            at(json).unrecognized = { extra: 4 };
          },
          "linked",
        ),
      );
    }
  });

  test("cannot put another value under a term by way of `unrecognized`", async () => {
    await expectUnreadable(
      edited(
        file,
        (json) => {
          json.unrecognized = { version: 4 };
        },
        "linked",
      ),
      "ERR_SHAPE",
    );
    await expectUnreadable(
      edited(
        file,
        (json) => {
          json.targets["app.tar.gz"].unrecognized = { hashes: { sha256: "00" } };
        },
        "linked",
      ),
      "ERR_SHAPE",
    );
  });

  test("in the envelope changes no answer and is kept apart from what is signed", async () => {
    const text = edited(file, (json) => {
      json["x-envelope"] = 1;
    });
    expect(await outcomeOf(text, { root, policy: "both" })).toMatchObject({ ok: true });
    const parsed = parseMetadata(new TextEncoder().encode(text));
    expect(parsed.unrecognized).toEqual({ "x-envelope": 1 });
    expect(parsed.signed).toEqual(file.signed);
  });

  test("in a proof is refused", async () => {
    const text = edited(file, (json) => {
      json.proof[0].extra = "x";
    });
    const outcome = await outcomeOf(text, { root, policy: "linked" });
    expect(outcome).toMatchObject({ ok: false, findings: ["ERR_PROOF_SHAPE"] });
  });

  test("passes unseen through raw JSON-LD, as null or outside safe mode", async () => {
    const linked = toLinked(file.signed);
    const original = await stockCanonize(linked);
    expect(await stockCanonize({ ...linked, meta: null, keys: null })).toBe(original);
    const lenient = { format: "application/n-quads", base: null, documentLoader: stockLoader, safe: false };
    const { canonize } = jsonld as unknown as {
      canonize(document: object, options: object): Promise<string>;
    };
    const document = { "@context": TUF_CONTEXTS, ...linked, extra: 1, "x y": { version: 4 } };
    expect(await canonize(document, lenient)).toBe(original);
  });
});

describe("L2: delegations in another order", () => {
  test("make the proof and the signature fail", async () => {
    await expectUnsigned(edited(file, (json) => json.signed.delegations.roles.reverse()));
  });

  test("in a linked document are refused when `order` stays with the entries", async () => {
    await expectUnreadable(
      edited(file, (json) => json.delegations.roles.reverse(), "linked"),
      "ERR_SHAPE",
    );
  });

  test("in a linked document make the proof fail when `order` is written to fit", async () => {
    await expectUnsigned(
      edited(
        file,
        (json) => {
          const { roles } = json.delegations;
          roles.reverse();
          for (const [order, role] of roles.entries()) role.order = order;
        },
        "linked",
      ),
    );
  });

  test("verify under stock tools: an array is a set to JSON-LD", async () => {
    const document = linkedOnly(file);
    document.delegations.roles.reverse();
    expect(await stockVerify(document)).toMatchObject({ verified: true });
    // Without our `order`, no tool at all could see it.
    for (const role of document.delegations.roles) delete role.order;
    const { "@context": _, proof: __, ...linked } = document;
    const forwards = await stockCanonize(linked);
    linked.delegations.roles.reverse();
    expect(await stockCanonize(linked)).toBe(forwards);
  });

  test.each(["keyids", "paths"])("is no attack where order means nothing to TUF: %s", (member) => {
    const document: Editable = targetsDocument();
    const role = document.delegations.roles[0];
    role.paths = ["a/*", "b/*"];
    const forwards = canonizeDirect(document);
    role[member].reverse();
    expect(canonizeDirect(document)).toBe(forwards);
  });
});

describe("L3: another @context", () => {
  /** Our context with two terms of an entry swapped: what it calls `version` is our `length`. */
  function swapped(): Editable {
    const context: Editable = structuredClone(tufLdContext["@context"]);
    const terms = context.meta["@context"];
    [terms.version, terms.length] = [terms.length, terms.version];
    return context;
  }

  const attacks: [string, (contexts: Editable) => unknown][] = [
    ["one more URL", (contexts) => [...contexts, "https://example.org/evil"]],
    ["one fewer", (contexts) => contexts.slice(0, 2)],
    ["another order", (contexts) => [...contexts].reverse()],
    ["one twice", (contexts) => [contexts[0], ...contexts]],
    [
      "a URL that only looks alike",
      (contexts) => [contexts[0].replace("https", "http"), ...contexts.slice(1)],
    ],
    ["an empty inline context appended", (contexts) => [...contexts, {}]],
    ["an inline object alone", () => ({})],
    ["null, which clears what was defined", (contexts) => [null, ...contexts]],
    ["null alone", () => null],
    ["a string", (contexts) => contexts[0]],
    ["nested arrays", (contexts) => [contexts]],
  ];

  test.each(attacks)("with %s there is no linked view, and nothing is fetched", async (_, change) => {
    const fetch = vi.spyOn(globalThis, "fetch").mockRejectedValue(new Error("fetched"));
    const edit = (json: Editable): void => {
      json["@context"] = change(json["@context"]);
    };
    await expectUnlinked(edited(timestamp, edit), "ERR_CONTEXT", "signed");
    await expectUnreadable(edited(timestamp, edit, "linked"), "ERR_CONTEXT");
    expect(fetch).not.toHaveBeenCalled();
  });

  test("without a proof to go with it there is no linked view, nor is there for a proof without it", async () => {
    for (const member of ["@context", "proof"]) {
      const text = edited(timestamp, (json) => delete json[member]);
      await expectUnlinked(text, "ERR_SHAPE", "signed");
    }
  });

  const proofs: [string, unknown][] = [
    ["null", null],
    ["a string", "none"],
    ["a list of strings", ["none"]],
    ["a classic signature", { type: "ClassicSignature", keyid: "k", sig: "" }],
    ["a classic envelope", [{ type: "ClassicEnvelope", unrecognized: {} }]],
    ["more entries than are read", Array(1_001).fill({})],
  ];
  test.each(proofs)("with %s in the place of proofs there is no linked view", async (what, proof) => {
    const edit = (json: Editable): void => {
      json.proof = proof;
    };
    const code = what === "more entries than are read" ? "ERR_LIMIT" : "ERR_SHAPE";
    await expectUnlinked(edited(timestamp, edit), code, "signed");
  });

  test("that is inline and swaps two terms is refused, and verifies under stock tools", async () => {
    const evil = (json: Editable) => {
      json["@context"] = [{ ...swapped(), "@version": undefined }, ...json["@context"].slice(1)];
      const entry = (json.signed ?? json).meta["snapshot.json"];
      [entry.version, entry.length] = [entry.length, entry.version];
    };
    await expectUnlinked(edited(timestamp, evil), "ERR_CONTEXT", "changed");
    await expectUnreadable(edited(timestamp, evil, "linked"), "ERR_CONTEXT");
    const document = linkedOnly(timestamp);
    evil(document);
    delete document["@context"][0]["@version"];
    expect(document.meta["snapshot.json"]).toEqual({ version: 900, length: 5 });
    expect(await stockVerify(document)).toMatchObject({ verified: true });
  });

  test("that is nested is refused in a linked document, and is signed as any other member in a file", async () => {
    await expectUnreadable(
      edited(
        timestamp,
        (json) => {
          json.meta["snapshot.json"]["@context"] = {};
        },
        "linked",
      ),
      "ERR_SHAPE",
    );
    await expectUnsigned(
      edited(timestamp, (json) => {
        json.signed.meta["snapshot.json"]["@context"] = {};
      }),
    );
    await expectUnsigned(
      edited(timestamp, (json) => {
        json.signed["@context"] = TUF_CONTEXTS;
      }),
    );
  });

  test("inside a proof is refused", async () => {
    const text = edited(timestamp, (json) => {
      json.proof[0]["@context"] = TUF_CONTEXTS;
    });
    expect((await outcomeOf(text, { root, policy: "linked" })).findings).toEqual(["ERR_PROOF_SHAPE"]);
  });
});

describe("L8: JSON that two readers understand differently", () => {
  const VERSION = '"version": 3,\n    "expires"';
  const syntax: [string, string, string][] = [
    ["a duplicate member, the first one evil", VERSION, `"version": 4,\n    ${VERSION}`],
    ["a duplicate member, the last one evil", '"expires": "2036', '"version": 4, "expires": "2036'],
    ["a duplicate member under an escape", VERSION, `"\\u0076ersion": 4,\n    ${VERSION}`],
    ["a duplicate target", '"zero.txt": {', '"zero.txt": {}, "zero.txt": {'],
    ["a duplicate proof member", '"proofPurpose"', '"proofPurpose": "authentication", "proofPurpose"'],
    ["a second `signed`", '"signed": {', '"signed": {}, "signed": {'],
    ["1.0 for 1", '"threshold": 1', '"threshold": 1.0'],
    ["1e0 for 1", '"threshold": 1', '"threshold": 1e0'],
    ["-0 for 0", '"length": 0', '"length": -0'],
    ["a lone high surrogate", '"zero.txt"', '"zero\\ud83d.txt"'],
    ["a lone low surrogate", '"first/*"', '"first\\ude00/*"'],
    ["a byte order mark", "{", "\ufeff{"],
    ["a comment", "{", "{ /* */"],
    ["a trailing comma", '"terminating": true,', '"terminating": true,,'],
    ["NaN", '"length": 6', '"length": NaN'],
    ["a second document", "{", "{}{"],
  ];

  test.each(syntax)("%s is refused before anything is canonicalized", async (_, search, replacement) => {
    const text = textOf(file);
    expect(text).toContain(search);
    await expectUnreadable(
      text.replace(search, () => replacement),
      "ERR_JSON_SYNTAX",
    );
  });

  const unlinked: [string, string, string][] = [
    ["2^53 + 1", "            2\n", "            9007199254740993\n"],
    ["2^53", "            2\n", "            9007199254740992\n"],
    ["__proto__", '"zero.txt"', '"__proto__"'],
    ["__proto__ under an escape", '"zero.txt"', '"\\u005f_proto__"'],
  ];

  test.each(unlinked)(
    "%s has no linked view, and is read exactly in the classic one",
    async (_, search, replacement) => {
      const text = textOf(file);
      expect(text).toContain(search);
      await expectUnlinked(
        text.replace(search, () => replacement),
        "ERR_JSON_SYNTAX",
        "changed",
      );
    },
  );

  test.each(["9007199254740993", "9007199254740992"])("a length of %s is refused", async (length) => {
    await expectUnreadable(textOf(file).replace('"length": 6', `"length": ${length}`), "ERR_SHAPE");
  });

  const shapes: [string, (document: Editable) => void][] = [
    [
      "an integer as a string",
      (document) => {
        document.version = "3";
      },
    ],
    [
      "a boolean as a string",
      (document) => {
        document.delegations.roles[0].terminating = "true";
      },
    ],
    [
      "a string as an array of one",
      (document) => {
        document.expires = [document.expires];
      },
    ],
    [
      "an array of one as a string",
      (document) => {
        document.delegations.roles[0].paths = "first/*";
      },
    ],
    [
      "null for a member with a term",
      (document) => {
        document.delegations = null;
      },
    ],
    [
      "an array for a map",
      (document) => {
        document.targets = Object.values(document.targets);
      },
    ],
    [
      "an entry that is an array",
      (document) => {
        document.targets["zero.txt"] = [document.targets["zero.txt"]];
      },
    ],
    [
      "a repeated keyid",
      (document) => {
        document.delegations.roles[0].keyids.push(document.delegations.roles[0].keyids[0]);
      },
    ],
    [
      "an expiry of another form",
      (document) => {
        document.expires = "2036-01-01";
      },
    ],
  ];

  test.each(shapes)("%s is refused in both forms", async (_, edit) => {
    await expectUnreadable(
      edited(file, (json) => edit(json.signed)),
      "ERR_SHAPE",
    );
    await expectUnreadable(edited(file, edit, "linked"), "ERR_SHAPE");
  });

  const nameless: [string, (document: Editable) => void][] = [
    [
      "a target called @none",
      (document) => {
        document.targets["@none"] = document.targets["zero.txt"];
      },
    ],
    [
      "a target called @type",
      (document) => {
        document.targets["@type"] = document.targets["zero.txt"];
      },
    ],
    [
      "a repeated path",
      (document) => {
        document.delegations.roles[0].paths = ["first/*", "first/*"];
      },
    ],
    [
      "a repeated hash prefix",
      (document) => {
        const { paths: _, ...role } = document.delegations.roles[0];
        document.delegations.roles[0] = { ...role, path_hash_prefixes: ["00", "00"] };
      },
    ],
  ];

  test.each(nameless)(
    "%s is refused in a linked document, and leaves a file its classic view",
    async (_, edit) => {
      await expectUnlinked(
        edited(file, (json) => edit(json.signed)),
        "ERR_SHAPE",
        "changed",
      );
      await expectUnreadable(edited(file, edit, "linked"), "ERR_SHAPE");
    },
  );

  const blind: [string, (document: Editable) => void][] = [
    [
      "an integer as a string",
      (document) => {
        document.version = "3";
      },
    ],
    [
      "a string as an array of one",
      (document) => {
        document.expires = [document.expires];
      },
    ],
    [
      "an array of one as a string",
      (document) => {
        document.delegations.roles[0].paths = "first/*";
      },
    ],
    [
      "a boolean as a string",
      (document) => {
        document.delegations.roles[0].terminating = "true";
      },
    ],
    [
      "a repeated path",
      (document) => {
        document.delegations.roles[0].paths = ["first/*", "first/*"];
      },
    ],
    [
      "an entry that is an array",
      (document) => {
        document.targets["zero.txt"] = [document.targets["zero.txt"]];
      },
    ],
    [
      "a target called @none without index",
      (document) => {
        document.targets = { ...document.targets, "@none": null };
      },
    ],
  ];

  test.each(blind)("%s verifies under stock jsonld-signatures", async (_, edit) => {
    const document = linkedOnly(file);
    edit(document);
    expect(await stockVerify(document)).toMatchObject({ verified: true });
  });

  test("2^53 + 1 and 2^53, -0 and 0, 1.0 and 1, a duplicate and its last value are one value to JSON.parse", () => {
    expect(JSON.parse("[9007199254740993, 1.0]")).toEqual([9007199254740992, 1]);
    expect(JSON.stringify(JSON.parse("-0"))).toBe("0");
    expect(JSON.parse('{"a":1,"a":2}')).toEqual({ a: 2 });
  });
});
