/**
 * L4 of the threat model: graphs and documents that could be made to explode. Each stands for its kind in a small
 * one, under a limit that is small as well.
 * @module
 */
import { describe, expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { canonizeDataset, canonizeReference } from "../../../src/canonical/reference.ts";
import { parseMetadata } from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { createLoader } from "../../../src/vocabulary/loader.ts";
import { TUF_CONTEXTS } from "../../../src/vocabulary/terms.ts";
import type { Targets } from "../../../src/vocabulary/types.ts";
import {
  type Editable,
  edited,
  outcomeOf,
  rootFor,
  signed,
  targetsDocument,
  textOf,
} from "../../support/signedFiles.ts";
import { roleOf } from "../../support/testKeys.ts";

const root = rootFor(["alice"]);

/** Every node points to every other: no first-degree hash tells any two apart. */
function completeGraph(size: number): string {
  const nodes = Array.from({ length: size }, (_, index) => `_:n${index}`);
  return nodes.flatMap((a) => nodes.filter((b) => b !== a).map((b) => `${a} <urn:p> ${b} .\n`)).join("");
}

describe("L4: a graph of blank nodes that look alike", () => {
  const weapons: [string, (document: Editable) => void][] = [
    [
      "blank node identifiers",
      (document) => {
        document.targets["app.tar.gz"]["@id"] = "_:b0";
      },
    ],
    [
      "a cycle of references",
      (document) => {
        document.delegations["@id"] = "_:b0";
        document.delegations["tuf:delegations"] = { "@id": "_:b0" };
      },
    ],
    [
      "a list of blank nodes",
      (document) => {
        document.targets = { "@list": [{}, {}] };
      },
    ],
    [
      "a graph inside",
      (document) => {
        document["@graph"] = [{ "@id": "_:b0" }];
      },
    ],
    [
      "nodes in `@included`",
      (document) => {
        document["@included"] = Array.from({ length: 3 }, () => ({}));
      },
    ],
    [
      "reverse properties",
      (document) => {
        document["@reverse"] = { "tuf:target": [{ "@id": "_:b0" }] };
      },
    ],
  ];

  test.each(weapons)("by way of %s is refused before anything is canonicalized", async (_, arm) => {
    const file = await signed(targetsDocument(), "targets", ["alice"]);
    expect(await outcomeOf(textOf(file, "linked"), { root })).toMatchObject({ ok: true });
    expect(await outcomeOf(edited(file, arm, "linked"), { root })).toEqual({
      ok: false,
      code: "ERR_SHAPE",
      findings: [],
    });
  });

  test("given to the reference engine as a dataset ends with a named error", async () => {
    const budgets = [{ maxWorkFactor: 0 }, { maxWorkFactor: 1 }, { maxDeepSteps: 2 }, { maxDeepLevels: 2 }];
    for (const budget of budgets) {
      const weapon = canonizeDataset(completeGraph(3), { maxWorkFactor: 3, ...budget });
      await expect(weapon).rejects.toMatchObject({ code: "ERR_CANONICALIZATION" });
    }
    // Control: within the budgets it has a canonical form.
    expect(await canonizeDataset(completeGraph(3), { maxWorkFactor: 3 })).toContain("_:c14n2");
  });

  test("cannot be written in the closed shapes: they need no N-degree step at all", async () => {
    const { role, keys } = roleOf(["alice"]);
    const alike = Array.from({ length: 200 }, (_, index) => ({
      name: `r${index}`,
      ...role,
      terminating: false,
      paths: ["*"],
    }));
    const document: Targets = {
      ...targetsDocument(),
      targets: Object.fromEntries(alike.map(({ name }) => [name, { length: 1, hashes: { sha256: "00" } }])),
      delegations: { keys, roles: alike },
    };
    const linked = { "@context": TUF_CONTEXTS, ...toLinked(document) };
    const options = { loader: createLoader(), validated: true, maxWorkFactor: 0 };
    expect(await canonizeReference(linked, options)).toBe(canonizeDirect(document));
  });

  test("in a document of 20,000 entries that are all alike is no reason for an N-degree step", async () => {
    const entry = { length: 1, hashes: { sha256: "00" } };
    const many = (size: number): Targets => ({
      ...targetsDocument(),
      targets: Object.fromEntries(Array.from({ length: size }, (_, index) => [`t${index}`, entry])),
    });
    const file = await signed(many(20_000), "targets", ["alice"]);
    expect(await outcomeOf(textOf(file), { root, policy: "both" })).toMatchObject({ ok: true });
  });

  test("or of brackets, or of bytes, is refused by a limit before it is understood", () => {
    const deep = new TextEncoder().encode('{"signed":[[[');
    const code = "ERR_LIMIT";
    expect(() => parseMetadata(deep, { maxDepth: 3 })).toThrow(expect.objectContaining({ code }));
    const large = new TextEncoder().encode(`{"signed":"${" ".repeat(50)}"}`);
    expect(() => parseMetadata(large, { maxBytes: 50 })).toThrow(expect.objectContaining({ code }));
    const text = textOf({
      signed: targetsDocument(),
      signatures: [],
      proof: [],
      linked: true,
      unrecognized: {},
    });
    const bytes = new TextEncoder().encode(text);
    expect(parseMetadata(bytes, { maxBytes: bytes.length }).signed.version).toBe(3);
  });
});
