import { describe, expect, test } from "vitest";
import { canonizeDirect } from "../../../src/canonical/direct.ts";
import { olpc } from "../../../src/classic/olpc.ts";
import { type JsonValue, parseJson } from "../../../src/document/json.ts";
import {
  type FileForm,
  metadataToJson,
  parseMetadata,
  serializeMetadata,
} from "../../../src/metadata/file.ts";
import { toLinked } from "../../../src/metadata/linkedForm.ts";
import { stockCanonize } from "../../support/stock.ts";

const globbed: Record<string, string> = {
  ...import.meta.glob<string>("../../../../shared/data/sigstore-repository/**/*.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob<string>("../../../../shared/data/python-tuf/**/*.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob<string>("../../../../shared/data/go-tuf-multirepo/**/*.json", {
    query: "?raw",
    import: "default",
    eager: true,
  }),
};

const utf8 = new TextEncoder();
/** Target files that are JSON too have no `signed`. */
const files = Object.entries(globbed)
  .map(([path, text]) => [path.replace(/^.*\/shared\/data\//, ""), text] as const)
  .filter(([, text]) => Object.hasOwn(JSON.parse(text) as object, "signed"));

const absent = files.length === 0;
const suffix = absent ? " (skipped: the shared data is not here)" : "";

test.skipIf(absent)(`there are 46 metadata files of three projects${suffix}`, () => {
  const count = (project: string): number => files.filter(([path]) => path.startsWith(project)).length;
  expect({
    sigstore: count("sigstore-repository/"),
    pythonTuf: count("python-tuf/"),
    goTuf: count("go-tuf-multirepo/"),
  }).toEqual({ sigstore: 19, pythonTuf: 18, goTuf: 9 });
});

describe.skipIf(absent)(`real metadata${suffix}`, () => {
  test.each(files)("%s comes back whole from every form", (_path, text) => {
    const original = parseJson(utf8.encode(text)) as Record<string, JsonValue>;
    const file = parseMetadata(utf8.encode(text));
    for (const form of ["classic", "file", "linked"] as const satisfies readonly FileForm[]) {
      for (const indent of [0, 2]) {
        const again = parseMetadata(serializeMetadata(file, form, indent));
        const classic = metadataToJson(again, "classic") as Record<string, JsonValue>;
        // The bytes that classic signatures cover, and then those of signatures and envelope as well.
        expect(olpc(classic["signed"] as JsonValue)).toBe(olpc(original["signed"] as JsonValue));
        expect(olpc(classic)).toBe(olpc(original));
        expect(again.linked).toBe(form !== "classic");
      }
    }
  });

  test.each(files)("%s has the canonical form that stock jsonld.js gives", async (_path, text) => {
    const { signed } = parseMetadata(utf8.encode(text));
    expect(canonizeDirect(signed)).toBe(await stockCanonize(toLinked(signed)));
  });
});
