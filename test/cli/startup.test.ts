import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { BUILT, errorOf, folder } from "./tufLd.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const SOURCES = join(ROOT, "src");

/** What a module imports before it runs; types are gone by then. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8").replaceAll(/^(?:import|export) type\b[^;]*;/gm, "");
  return [...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gm)].map((match) => match[1] ?? "");
}

test("the start of the program imports options and messages, and nothing that works on documents", () => {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const name of importsOf(file)) if (name.startsWith(".")) visit(join(dirname(file), name));
  };
  visit(join(SOURCES, "cli/main.ts"));
  const names = [...seen].map((file) => relative(SOURCES, file)).sort();
  expect(names.filter((name) => !name.startsWith("cli/"))).toEqual([
    "document/jsonText.ts",
    "encoding/lists.ts",
    "errors.ts",
    "proof/threshold.ts",
    "systemReasons.ts",
  ]);
  expect(names.filter((name) => name.startsWith("cli/actions/"))).toEqual([]);
});

test("package.json names the bundle, and the licences of what it holds lie beside it", () => {
  const { bin, version } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    bin: Record<string, string>;
    version: string;
  };
  expect(join(ROOT, bin["tuf-ld"] ?? "")).toBe(BUILT);
  const start = readFileSync(BUILT, "utf8");
  expect(start.startsWith('#!/usr/bin/env node\n"use strict";')).toBe(true);
  const licences = readFileSync(join(dirname(BUILT), "LICENSES.txt"), "utf8");
  for (const name of ["commander", "@scure/base"]) expect(licences).toContain(`${name} `);
  expect(folder().ok(["--version"])).toBe(`${version}\n`);
});

test("whatever the bundle loads beside itself is there", () => {
  const place = dirname(BUILT);
  const named = readdirSync(place)
    .filter((name) => name.endsWith(".js"))
    .flatMap((name) => [
      ...readFileSync(join(place, name), "utf8").matchAll(/"(\.\.?\/[\w./-]+\.js(?:on)?)"/g),
    ])
    .map((match) => match[1] ?? "");
  expect(named).toEqual(expect.arrayContaining(["./main.js", "./binWorker.js", "../../package.json"]));
  expect(named.filter((path) => !existsSync(join(place, path)))).toEqual([]);
});

test("a command that waits for something that never comes has not succeeded", () => {
  const at = folder();
  at.write("never.cjs", 'require("node:fs/promises").open = () => new Promise(() => {});');
  const ended = at.run(["inspect", "root.json"], { env: { NODE_OPTIONS: "--require=./never.cjs" } });
  expect({ ...ended, err: errorOf(ended).code }).toEqual({ code: 1, out: "", err: "ERR_INTERNAL" });
});
