/**
 * Added files wait outside `public/` until what lists them is published.
 * @module
 */
import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { inRepo, jsonOf } from "./repositoryFolder.ts";
import { type Folder, folder } from "./tufLd.ts";

/** The files in a folder of targets, without their hashes. */
const filesIn = (at: Folder, of: "public" | "staged"): string[] =>
  existsSync(at.file(`repo/${of}/targets`))
    ? readdirSync(at.file(`repo/${of}/targets`))
        .map((name) => name.replace(/^[0-9a-f]{64}\./, ""))
        .sort()
    : [];

function publisher(...options: string[]): Folder {
  const at = folder();
  at.ok(["init", "repo", "-q", ...options]);
  const roles = ["root", "targets", "snapshot", "timestamp", ...(options.length > 0 ? ["bin"] : [])];
  inRepo(at, "key", "gen", ...roles, "-q", "--unsafe-plain");
  return at;
}

function add(at: Folder, name: string, ...options: string[]): void {
  at.write(name, `content of ${name}`);
  inRepo(at, "add", at.file(name), ...options);
}

test.each([[[]], [["--bins", "2"]]])(
  "what is added is in public/ once it is published and not before, a dry run included (%j)",
  (options) => {
    const at = publisher(...options);
    inRepo(at, "publish", "-q");
    // A server that decodes paths looks for the second.
    add(at, "a%20b.txt");
    expect(filesIn(at, "public")).toEqual([]);
    expect(filesIn(at, "staged")).toEqual(["a b.txt", "a%20b.txt"]);
    inRepo(at, "publish", "--dry-run");
    inRepo(at, "check");
    expect(filesIn(at, "public")).toEqual([]);
    inRepo(at, "publish", "-q");
    expect(filesIn(at, "public")).toEqual(["a b.txt", "a%20b.txt"]);
    expect(filesIn(at, "staged")).toEqual([]);
    inRepo(at, "check");
  },
);

test("a draft that waits for a key elsewhere keeps its files while others are published", () => {
  const at = publisher();
  at.ok(["key", "gen", "--unsafe-plain", "-o", "dev.pem"]);
  inRepo(at, "delegate", "dev", "--paths", "dev-*", "--key", at.file("dev.pem"));
  inRepo(at, "sign", "dev", "--key", at.file("dev.pem"), "--yes");
  inRepo(at, "publish", "-q");
  add(at, "dev-1.txt", "--role", "dev");
  add(at, "a.txt");
  inRepo(at, "publish", "-q");
  expect(filesIn(at, "public")).toEqual(["a.txt"]);
  expect(filesIn(at, "staged")).toEqual(["dev-1.txt"]);
  inRepo(at, "clean", "--targets", "--now");
  inRepo(at, "sign", "dev", "--key", at.file("dev.pem"), "--yes");
  inRepo(at, "publish", "-q");
  expect(filesIn(at, "public")).toEqual(["a.txt", "dev-1.txt"]);
  inRepo(at, "check");
});

test.each([
  ["targets", []],
  ["bin", ["--bins", "2"]],
])("discard takes the files of %s with it, and not those that another role lists", (role, options) => {
  const at = publisher(...options);
  inRepo(at, "publish", "-q");
  at.ok(["key", "gen", "--unsafe-plain", "-o", "dev.pem"]);
  inRepo(at, "delegate", "dev", "--paths", "*", "--key", at.file("dev.pem"));
  inRepo(at, "sign", "dev", "--key", at.file("dev.pem"), "--yes");
  inRepo(at, "publish", "-q");
  add(at, "mine.txt");
  add(at, "both.txt");
  add(at, "both.txt", "--role", "dev");
  inRepo(at, "discard", role, "--yes");
  expect(filesIn(at, "staged")).toEqual(["both.txt"]);
  inRepo(at, "discard", "--all", "--yes");
  expect([filesIn(at, "staged"), filesIn(at, "public")]).toEqual([[], []]);
});

test("remove --now takes down what waits, and clean --targets what was replaced before it was published", () => {
  const at = publisher();
  add(at, "a.txt");
  add(at, "b.txt");
  inRepo(at, "remove", "a.txt", "--now");
  expect(filesIn(at, "staged")).toEqual(["b.txt"]);
  at.write("b.txt", "another");
  inRepo(at, "add", at.file("b.txt"));
  expect(filesIn(at, "staged")).toEqual(["b.txt", "b.txt"]);
  const { removed } = jsonOf<{ removed: string[] }>(at, "clean", "--targets", "--now");
  expect(removed).toEqual([expect.stringMatching(/^staged\/targets\/[0-9a-f]{64}\.b\.txt$/)]);
  inRepo(at, "publish", "-q");
  expect([filesIn(at, "staged"), filesIn(at, "public")]).toEqual([[], ["b.txt"]]);
  inRepo(at, "check");
});
